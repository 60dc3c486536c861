import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { natsBoot, natsScript } from '../../../infra/aws/nats-boot.ts'
import { temporary } from './deployed.ts'

const run = promisify(execFile)

const options = {
  name: 'n1',
  stage: { project: 'shop', name: 'dev' },
  hosts: ['n1.nats.internal', 'n2.nats.internal'],
  version: '2.15.1',
  diskGb: 20,
  device: '/dev/sdf',
  region: 'eu-central-1',
  secrets: { login: 'arn:login', routes: 'arn:routes' },
} as const

/** Programs of a machine that the script calls, as far as it sees. Each notes how it was called. */
const programs: Readonly<Record<string, string>> = {
  aws: `case "$*" in *arn:login*) echo '{"user":"waybill","password":"in"}';; *) echo '{"user":"route","password":"between"}';; esac
[ ! -e "$ROOT/locked" ]`,
  blkid: '[ -e "$ROOT/formatted" ]',
  chown: '',
  curl: 'case "$*" in *SHA256SUMS) echo "0  nats-server-v$VERSION-linux-arm64.tar.gz";; esac',
  id: '[ -e "$ROOT/user" ]',
  'mkfs.xfs': 'touch "$ROOT/formatted"',
  mount: 'touch "$ROOT/mounted"',
  mountpoint: '[ -e "$ROOT/mounted" ]',
  python3: `exec "${process.execPath}" -e 'console.log(JSON.parse(require("fs").readFileSync(0))[/\\["(\\w+)"\\]/.exec(process.argv.at(-1))[1]])' -- "$@"`,
  sha256sum: 'cat > /dev/null',
  systemctl: '',
  tar: `printf '#!/bin/sh\\necho "nats-server: v%s"\\n' "$VERSION" > "$ROOT/usr/local/bin/nats-server"
chmod +x "$ROOT/usr/local/bin/nats-server"`,
  useradd: 'touch "$ROOT/user"',
}

/** A machine that is nothing but a folder. */
function machine() {
  const root = temporary()
  for (const each of ['bin', 'dev', 'tmp', 'etc/systemd/system', 'usr/local/bin', 'var/lib'])
    mkdirSync(join(root, each), { recursive: true })
  writeFileSync(join(root, 'dev/sdf'), '')
  for (const [name, body] of Object.entries(programs)) {
    const file = join(root, 'bin', name)
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "$ROOT/calls"\n${body}\n`)
    chmodSync(file, 0o755)
  }
  return {
    file: (name: string) => join(root, name),
    /** What is called at one start. */
    async start(changes: { readonly version?: string } = {}) {
      const version = changes.version ?? options.version
      const script = natsScript({ ...options, ...changes })
      rmSync(join(root, 'calls'), { force: true })
      rmSync(join(root, 'mounted'), { force: true })
      writeFileSync(
        join(root, 'start'),
        script.replaceAll(/(?<![\w/])\/(?=(etc|var|usr|dev|tmp)\b)/g, `${root}/`),
      )
      const env = { ROOT: root, VERSION: version, PATH: `${root}/bin:${process.env.PATH}` }
      await run('bash', [join(root, 'start')], { env })
      return readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
    },
  }
}

const names = (calls: readonly string[]) => calls.map((call) => call.split(' ')[0])

describe('a server of NATS', () => {
  it('lays out its disk, fetches the server, and keeps its passwords to itself', async () => {
    const { start, file } = machine()
    const calls = await start()
    expect(names(calls)).toEqual(expect.arrayContaining(['mkfs.xfs', 'mount', 'useradd', 'sha256sum', 'tar']))
    expect(calls.at(-1)).toBe('systemctl restart nats')
    const secret = file('etc/nats/env')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    expect(readFileSync(secret, 'utf8').split('\n')).toEqual([
      'NATS_USER=waybill',
      'NATS_PASSWORD=in',
      'NATS_ROUTE_PASSWORD=between',
      // systemd takes the backslashes away.
      String.raw`NATS_ROUTES=[\"nats-route://route:between@n1.nats.internal:6222\",\"nats-route://route:between@n2.nats.internal:6222\"]`,
      '',
    ])
    expect(readFileSync(file('etc/nats/nats.conf'), 'utf8')).not.toMatch(/between|"in"/)
  })

  it('mounts the disk that it has at each start, and never runs without it', async () => {
    const { start, file } = machine()
    await start()
    const again = names(await start())
    expect(again).toContain('mount')
    for (const once of ['mkfs.xfs', 'useradd', 'curl', 'tar']) expect(again).not.toContain(once)
    expect(natsBoot(options)).toContain('- [scripts-user, always]')
    expect(readFileSync(file('etc/systemd/system/nats.service'), 'utf8')).toMatch(
      /^ConditionPathIsMountPoint=.*\/var\/lib\/nats$/m,
    )
  })

  it('takes another version at its next start, with the same disk', async () => {
    const { start } = machine()
    await start()
    const calls = await start({ version: '2.15.2' })
    expect(calls.join('\n')).toContain('download/v2.15.2/nats-server-v2.15.2-linux-arm64.tar.gz')
    expect(names(calls)).not.toContain('mkfs.xfs')
  })

  it('does not start where it is not given its passwords', async () => {
    const { start, file } = machine()
    writeFileSync(file('locked'), '')
    await expect(start()).rejects.toThrow()
    expect(readFileSync(file('calls'), 'utf8')).not.toContain('systemctl')
  })
})
