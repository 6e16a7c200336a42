/** A real Postfix as a child, on a loopback port, with folders of its own: takes mail, keeps it in Maildirs, sends none on. */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { postfixPath } from '../../scripts/tiers.ts'
import type { Certificates } from './certificates.ts'

export interface Postfix {
  readonly port: number
  /** Mails in a mailbox, as files. */
  mails(mailbox: string): readonly string[]
  log(): string
  stop(): Promise<void>
}

/**
 * Mailboxes are at example.org. Mail to an alias is accepted and then fails with 5.1.1, as with a provider that finds
 * out late: the report goes to the return path.
 */
export async function startPostfix(options: {
  readonly mailboxes: readonly string[]
  readonly failingAliases: readonly string[]
  readonly certificates: Certificates
}): Promise<Postfix> {
  const home = mkdtempSync(join(tmpdir(), 'fountain-postfix-'))
  const etc = join(home, 'etc')
  const mail = join(home, 'mail')
  for (const folder of ['etc', 'queue', 'data', 'mail']) mkdirSync(join(home, folder))
  // Its parts give up root: they must be able to walk here.
  chmodSync(home, 0o755)
  chownSync(mail, nobody, nobody)
  spawnSync('chown', ['postfix', join(home, 'data')])
  writeFileSync(join(home, 'cert.pem'), `${options.certificates.key}${options.certificates.cert}`, { mode: 0o600 })
  const port = await freePort()
  const table = (entries: readonly string[]) => `inline:{ ${entries.map((entry) => `{ ${entry} }`).join(', ')} }`
  const main = {
    compatibility_level: '3.6',
    queue_directory: join(home, 'queue'),
    data_directory: join(home, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    maillog_file: join(home, 'mail.log'),
    maillog_file_prefixes: home,
    myhostname: 'mx.example.org',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_tls_chain_files: join(home, 'cert.pem'),
    smtpd_tls_security_level: 'may',
    recipient_delimiter: '+',
    virtual_mailbox_domains: 'example.org',
    virtual_mailbox_base: mail,
    virtual_mailbox_maps: table(options.mailboxes.map((name) => `${name}@example.org = ${name}/`)),
    virtual_alias_maps: table(options.failingAliases.map((name) => `${name}@example.org = ${name}@gone.example`)),
    virtual_uid_maps: `static:${nobody}`,
    virtual_gid_maps: `static:${nobody}`,
    alias_maps: '',
    alias_database: '',
    relayhost: '',
    // Nothing leaves this machine.
    default_transport: 'error:5.1.1 no such user here',
    local_transport: 'error:5.1.1 no such user here',
  }
  writeFileSync(
    join(etc, 'main.cf'),
    Object.entries(main)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join(''),
  )
  writeFileSync(join(etc, 'master.cf'), master(port))
  // A group of its own: what it starts ends with it.
  const child = spawn(postfixPath as string, ['-c', etc, 'start-fg'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const log = () => `${said}${existsSync(main.maillog_file) ? readFileSync(main.maillog_file, 'utf8') : ''}`
  async function stop(): Promise<void> {
    spawnSync(postfixPath as string, ['-c', etc, 'abort'], { stdio: 'ignore' })
    await Promise.race([ended, wait(10_000)])
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  const deadline = Date.now() + 20_000
  while (!/daemon started/.test(log())) {
    if (Date.now() > deadline || child.exitCode !== null) {
      const text = log()
      await stop()
      throw new Error(`Postfix does not start: ${text}`)
    }
    await wait(50)
  }
  return {
    port,
    log,
    stop,
    mails: (mailbox) => {
      const folder = join(mail, mailbox, 'new')
      return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
    },
  }
}

const nobody = 65_534

function master(port: number): string {
  const unix = (name: string, command = name, fields = 'unix - - n - -') => `${name} ${fields} ${command}`
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    unix('cleanup', 'cleanup', 'unix n - n - 0'),
    unix('qmgr', 'qmgr', 'unix n - n 300 1'),
    unix('pickup', 'pickup', 'unix n - n 60 1'),
    unix('rewrite', 'trivial-rewrite'),
    ...['bounce', 'defer', 'trace'].map((name) => unix(name, 'bounce', 'unix - - n - 0')),
    unix('verify', 'verify', 'unix - - n - 1'),
    unix('flush', 'flush', 'unix n - n 1000? 0'),
    unix('proxymap'),
    unix('error'),
    unix('retry', 'error'),
    unix('virtual', 'virtual', 'unix - n n - -'),
    unix('anvil', 'anvil', 'unix - - n - 1'),
    unix('tlsmgr', 'tlsmgr', 'unix - - n 1000? 1'),
    unix('postlog', 'postlogd', 'unix-dgram n - n - 1'),
    '',
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
