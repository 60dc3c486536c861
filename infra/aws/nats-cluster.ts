import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as route53 from 'aws-cdk-lib/aws-route53'
import * as secrets from 'aws-cdk-lib/aws-secretsmanager'
import { Fn, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { NatsServers } from '../nats.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { removalOf } from './keeping.ts'
import { natsBoot } from './nats-boot.ts'
import { natsPorts } from './nats-conf.ts'

const domain = 'nats.internal'
const names = ['n1', 'n2', 'n3'] as const
const hosts = names.map((name) => `${name}.${domain}`)
const device = '/dev/sdf'
/**
 * Amazon Linux. EC2 looks it up when it starts a machine; looked up by CloudFormation, each newer one would replace all servers at the
 * next deployment (CloudFormation reference, `AWS::EC2::LaunchTemplate`, `ImageId`).
 */
const image = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'

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
    const profile = new iam.CfnInstanceProfile(this, 'Profile', { roles: [role.roleName] })
    const launch = new ec2.CfnLaunchTemplate(this, 'Launch', {
      launchTemplateData: { imageId: image, metadataOptions: { httpTokens: 'required' } },
    })
    const shared = { plan, vpc, zone, stage, launch, profile }
    const arns = { login: this.login.secretArn, routes: routes.secretArn }
    let before: ec2.CfnVolumeAttachment | undefined
    for (const [at, name] of names.entries())
      before = this.#addServer(name, at, { ...shared, secrets: arns, before })
  }

  /** Gives what the next server has to come after. */
  #addServer(name: string, at: number, parts: ServerParts): ec2.CfnVolumeAttachment {
    const { plan, vpc, zone, stage, secrets: logins, launch, profile, before } = parts
    const subnet = vpc.privateSubnets[at]
    if (subnet === undefined) throw new Error('the network has no third zone')
    const id = name.toUpperCase()
    const instance = new ec2.CfnInstance(this, id, {
      launchTemplate: { launchTemplateId: launch.ref, version: launch.attrLatestVersionNumber },
      instanceType: plan.instance,
      iamInstanceProfile: profile.ref,
      subnetId: subnet.subnetId,
      securityGroupIds: [this.securityGroup.securityGroupId],
      monitoring: true,
      blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: 8, encrypted: true } }],
      userData: Fn.base64(
        natsBoot({
          name,
          stage,
          hosts,
          device,
          version: plan.version,
          diskGb: plan.diskGb,
          region: Stack.of(this).region,
          secrets: logins,
        }),
      ),
      tags: [{ key: 'Name', value: `${stage.project}-${stage.name}-${name}` }],
    })
    // One after the other, so that two others are there while one starts again.
    if (before !== undefined) instance.node.addDependency(before)
    const disk = new ec2.CfnVolume(this, `${id}Disk`, {
      availabilityZone: instance.attrAvailabilityZone,
      size: plan.diskGb,
      volumeType: 'gp3',
      encrypted: true,
    })
    disk.applyRemovalPolicy(removalOf(stage))
    new route53.ARecord(this, `${id}Name`, {
      zone,
      recordName: name,
      target: route53.RecordTarget.fromIpAddresses(instance.attrPrivateIp),
    })
    acknowledge(instance, {
      'AwsSolutions-EC29':
        'Its disk outlives it, two others have what it has, and EC2 moves it off a broken machine. The stack itself is protected in production.',
    })
    return new ec2.CfnVolumeAttachment(this, `${id}Attachment`, {
      device,
      instanceId: instance.ref,
      volumeId: disk.ref,
    })
  }
}

interface ServerParts {
  readonly plan: NatsServers
  readonly vpc: ec2.IVpc
  readonly zone: route53.PrivateHostedZone
  readonly stage: Stage
  readonly secrets: { readonly login: string; readonly routes: string }
  readonly launch: ec2.CfnLaunchTemplate
  readonly profile: iam.CfnInstanceProfile
  readonly before: ec2.CfnVolumeAttachment | undefined
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
