import type { Stage } from '../stage.ts'
import { natsConf, natsRoutes } from './nats-conf.ts'

export interface NatsBootOptions {
  /** Of this server in its cluster. */
  readonly name: string
  readonly stage: Pick<Stage, 'project' | 'name'>
  /** Names of all servers in the network. */
  readonly hosts: readonly string[]
  readonly version: string
  readonly diskGb: number
  /** The disk, as it is attached. */
  readonly device: string
  readonly region: string
  /** ARNs of the secrets for clients and for routes, each with `user` and `password`. */
  readonly secrets: { readonly login: string; readonly routes: string }
}

const mount = '/var/lib/nats'
const program = '/usr/local/bin/nats-server'
/** Of the disk, what is left to its file system and to raft. */
const storeShare = 0.8

/**
 * User data of one server. cloud-init runs a script once in the life of a machine, and this one has to mount the disk, and to take
 * another version or configuration, at each start (cloudinit.readthedocs.io, "scripts_user" and the frequency of modules).
 */
export function natsBoot(options: NatsBootOptions): string {
  return `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="waybill"

--waybill
Content-Type: text/cloud-config

#cloud-config
cloud_final_modules:
  - [scripts-user, always]

--waybill
Content-Type: text/x-shellscript

${natsScript(options)}
--waybill--
`
}

/** Lays out the disk where it is empty, fetches the server where it is of another version, and runs it under systemd. */
export function natsScript(options: NatsBootOptions): string {
  const { name, stage, hosts, version, diskGb, device, region, secrets } = options
  const archive = `nats-server-v${version}-linux-arm64.tar.gz`
  const releases = `https://github.com/nats-io/nats-server/releases/download/v${version}`
  const conf = natsConf({
    name,
    cluster: `${stage.project}-${stage.name}`,
    storeFolder: `${mount}/jetstream`,
    storeGb: Math.floor(diskGb * storeShare),
  })
  const read = (arn: string, key: string) =>
    `$(aws secretsmanager get-secret-value --region ${region} --secret-id ${arn} --query SecretString --output text | python3 -c 'import json,sys; print(json.load(sys.stdin)["${key}"])')`
  return `#!/bin/bash
set -euo pipefail
while [ ! -e ${device} ]; do sleep 1; done
blkid ${device} || mkfs.xfs ${device}
mkdir -p ${mount} /etc/nats
mountpoint -q ${mount} || mount ${device} ${mount}
id nats || useradd --system nats
mkdir -p ${mount}/jetstream
chown nats ${mount}/jetstream
if [ "$(${program} --version || true)" != 'nats-server: v${version}' ]; then
  cd /tmp
  curl -fsSLO ${releases}/${archive}
  curl -fsSL ${releases}/SHA256SUMS | grep ' ${archive}$' | sha256sum -c
  tar -xzf ${archive} --strip-components 1 -C ${program.replace(/\/[^/]*$/, '')} --wildcards '*/nats-server'
fi
cat > /etc/nats/nats.conf <<'CONF'
${conf}CONF
umask 077
NATS_USER=${read(secrets.login, 'user')}
NATS_PASSWORD=${read(secrets.login, 'password')}
NATS_ROUTE_PASSWORD=${read(secrets.routes, 'password')}
cat > /etc/nats/env <<ENV
NATS_USER=$NATS_USER
NATS_PASSWORD=$NATS_PASSWORD
NATS_ROUTE_PASSWORD=$NATS_ROUTE_PASSWORD
NATS_ROUTES=${natsRoutes(hosts)}
ENV
cat > /etc/systemd/system/nats.service <<'UNIT'
[Unit]
After=network-online.target
# Without its disk, a server would begin an empty store.
ConditionPathIsMountPoint=${mount}
[Service]
User=nats
EnvironmentFile=/etc/nats/env
ExecStart=${program} -c /etc/nats/nats.conf
ExecStop=/bin/kill -s SIGUSR2 $MAINPID
TimeoutStopSec=60
Restart=always
LimitNOFILE=100000
UNIT
systemctl daemon-reload
systemctl restart nats
`
}
