import {
  aws_ec2 as ec2,
  Fn,
  aws_iam as iam,
  RemovalPolicy,
  aws_route53 as route53,
  Stack,
  aws_secretsmanager as secrets,
} from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { NatsServers } from '../nats.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { natsConf, natsPorts, natsRoutes } from './nats-conf.ts'

const domain = 'nats.internal'
const names = ['n1', 'n2', 'n3'] as const
const hosts = names.map((name) => `${name}.${domain}`)
const mount = '/var/lib/nats'
const device = '/dev/sdf'
/** Of the disk, what is left to its file system and to raft. */
const storeShare = 0.8

/** A quorum of three servers, one in each zone, whose disks outlive them. */
export class NatsCluster extends Construct {
  /** `host:port` of each, separated by commas. */
  readonly addresses = hosts.map((host) => `${host}:${natsPorts.client}`).join(',')
  readonly securityGroup: ec2.SecurityGroup
  /** `user` and `password` of clients. */
  readonly login: secrets.Secret

  constructor(scope: Construct, id: string, plan: NatsServers, vpc: ec2.IVpc, stage: Stage) {
    super(scope, id)
    this.login = secret(this, 'Login', `{"user":"waybill"}`)
    const routes = secret(this, 'RouteLogin', `{"user":"route"}`)
    this.securityGroup = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      description: 'Servers of NATS and whoever speaks with them',
      allowAllOutbound: true,
    })
    for (const port of [natsPorts.client, natsPorts.route])
      this.securityGroup.addIngressRule(this.securityGroup, ec2.Port.tcp(port), 'NATS')
    const zone = new route53.PrivateHostedZone(this, 'Zone', { vpc, zoneName: domain })
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.login.secretArn, routes.secretArn],
      }),
    )
    for (const [at, name] of names.entries())
      this.#addServer(name, at, { plan, vpc, zone, role, stage, routes })
  }

  #addServer(name: string, at: number, parts: ServerParts): void {
    const { plan, vpc, zone, role, stage, routes } = parts
    const subnet = vpc.privateSubnets[at]
    if (subnet === undefined) throw new Error('the network has no third zone')
    const instance = new ec2.Instance(this, name.toUpperCase(), {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      securityGroup: this.securityGroup,
      role,
      instanceType: new ec2.InstanceType(plan.instance),
      machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
      userData: ec2.UserData.custom(
        userData(name, stage, plan, [this.login.secretArn, routes.secretArn], Stack.of(this).region),
      ),
      requireImdsv2: true,
      detailedMonitoring: true,
      blockDevices: [{ deviceName: '/dev/xvda', volume: ec2.BlockDeviceVolume.ebs(8, { encrypted: true }) }],
    })
    const disk = new ec2.CfnVolume(this, `${name.toUpperCase()}Disk`, {
      availabilityZone: subnet.availabilityZone,
      size: plan.diskGb,
      volumeType: 'gp3',
      encrypted: true,
    })
    disk.applyRemovalPolicy(stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY)
    new ec2.CfnVolumeAttachment(this, `${name.toUpperCase()}Attachment`, {
      device,
      instanceId: instance.instanceId,
      volumeId: disk.ref,
    })
    new route53.ARecord(this, `${name.toUpperCase()}Name`, {
      zone,
      recordName: name,
      target: route53.RecordTarget.fromIpAddresses(instance.instancePrivateIp),
    })
    acknowledge(instance, {
      'AwsSolutions-EC29':
        'A server may go: its disk stays, and another one takes the disk and the name. The stack itself is protected in production.',
    })
  }
}

interface ServerParts {
  readonly plan: NatsServers
  readonly vpc: ec2.IVpc
  readonly zone: route53.PrivateHostedZone
  readonly role: iam.Role
  readonly stage: Stage
  readonly routes: secrets.Secret
}

function secret(scope: Construct, id: string, secretStringTemplate: string): secrets.Secret {
  const made = new secrets.Secret(scope, id, {
    generateSecretString: {
      secretStringTemplate,
      generateStringKey: 'password',
      excludePunctuation: true,
      passwordLength: 40,
    },
  })
  acknowledge(made, {
    'AwsSolutions-SMG4':
      'Servers and workers take it at their start, so it changes with a deployment and not by itself.',
  })
  return made
}

/** Lays out the disk where it is empty, fetches the server, and runs it under systemd. */
function userData(
  name: string,
  { project, name: stage }: Stage,
  { version, diskGb }: NatsServers,
  [login = '', routes = '']: readonly string[],
  region: string,
): string {
  const archive = `nats-server-v${version}-linux-arm64.tar.gz`
  const releases = `https://github.com/nats-io/nats-server/releases/download/v${version}`
  const conf = natsConf({
    name,
    cluster: `${project}-${stage}`,
    storeFolder: `${mount}/jetstream`,
    storeGb: Math.floor(diskGb * storeShare),
  })
  const read = (arn: string, key: string) =>
    `$(aws secretsmanager get-secret-value --region ${region} --secret-id ${arn} --query SecretString --output text | python3 -c 'import json,sys; print(json.load(sys.stdin)["${key}"])')`
  return Fn.join('\n', [
    '#!/bin/bash',
    'set -euo pipefail',
    `while [ ! -e ${device} ]; do sleep 1; done`,
    `blkid ${device} || mkfs.xfs ${device}`,
    `mkdir -p ${mount} /etc/nats && mount ${device} ${mount}`,
    'useradd --system nats || true',
    `mkdir -p ${mount}/jetstream && chown nats ${mount}/jetstream`,
    `cd /tmp && curl -fsSLO ${releases}/${archive} && curl -fsSL ${releases}/SHA256SUMS | grep ' ${archive}$' | sha256sum -c`,
    `tar -xzf ${archive} --strip-components 1 -C /usr/local/bin --wildcards '*/nats-server'`,
    `cat > /etc/nats/nats.conf <<'CONF'\n${conf}CONF`,
    'umask 077',
    `NATS_ROUTE_PASSWORD=${read(routes, 'password')}`,
    'cat > /etc/nats/env <<ENV',
    `NATS_USER=${read(login, 'user')}`,
    `NATS_PASSWORD=${read(login, 'password')}`,
    'NATS_ROUTE_PASSWORD=$NATS_ROUTE_PASSWORD',
    `NATS_ROUTES=${natsRoutes(hosts)}`,
    'ENV',
    "cat > /etc/systemd/system/nats.service <<'UNIT'",
    '[Unit]',
    'After=network-online.target',
    '[Service]',
    'User=nats',
    'EnvironmentFile=/etc/nats/env',
    'ExecStart=/usr/local/bin/nats-server -c /etc/nats/nats.conf',
    'ExecStop=/bin/kill -s SIGUSR2 $MAINPID',
    'TimeoutStopSec=60',
    'Restart=always',
    'LimitNOFILE=100000',
    '[Install]',
    'WantedBy=multi-user.target',
    'UNIT',
    'systemctl enable --now nats',
    '',
  ])
}
