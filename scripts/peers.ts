/**
 * The Python peers that tests talk to, in a virtual environment under .cache/peers: Comet and pygcn speak VTP,
 * voevent-parse, fastavro, hop-client, gcn-kafka, jsonschema, lxml and astropy read what we write, dkimpy checks mails. `node scripts/node24.mjs scripts/peers.ts` makes it.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const packages = [
  'comet==3.1.0',
  'Twisted==26.10.0',
  'pygcn==1.1.3',
  'voevent-parse==1.0.3',
  'fastavro==1.12.1',
  'hop-client==0.13.0',
  'confluent-kafka==2.16.1',
  'gcn-kafka==0.3.4',
  'jsonschema==4.26.0',
  'lxml==6.0.2',
  'astropy==7.1.1',
  // astropy 7.1 asks for a function that later ones no longer have.
  'numpy==2.3.5',
  'dkimpy==1.1.8',
  // Comet looks for its plugins through pkg_resources, which later versions no longer have.
  'setuptools==80.9.0',
]

const home = fileURLToPath(new URL('../.cache/peers', import.meta.url))
const stamp = join(home, 'fountain-peers.txt')
const lock = `${home}.lock`
const run = promisify(execFile)

export interface Peers {
  readonly python: string
  /** `twistd -n comet …` starts a Comet. */
  readonly twistd: string
  readonly cometSendvo: string
  readonly pygcnListen: string
}

/** Makes the environment unless it stands (minutes the first time). Throws with the command that gets what is missing. */
export async function peers(): Promise<Peers> {
  mkdirSync(fileURLToPath(new URL('../.cache', import.meta.url)), { recursive: true })
  await locked(async () => {
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === packages.join('\n')) return
    await install()
  })
  const bin = (name: string) => join(home, 'bin', name)
  return {
    python: bin('python'),
    twistd: bin('twistd'),
    cometSendvo: bin('comet-sendvo'),
    pygcnListen: bin('pygcn-listen'),
  }
}

async function install(): Promise<void> {
  const python = process.env.PYTHON ?? 'python3'
  const { stdout } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch((cause) => {
    throw new Error(`${python} does not run: apt-get install python3 python3-venv`, { cause })
  })
  const [major = 0, minor = 0] = stdout.trim().split('.').map(Number)
  if (major < 3 || (major === 3 && minor < 11)) {
    throw new Error(`the peers need Python 3.11, ${python} is ${stdout.trim()}: set PYTHON to a newer one`)
  }
  await run(python, ['-m', 'venv', home]).catch((cause) => {
    throw new Error(`${python} cannot make a virtual environment: apt-get install python3-venv`, { cause })
  })
  const pip = [join(home, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  await run(pip[0] as string, [...pip.slice(1), ...packages], { maxBuffer: 1 << 24 }).catch((cause: Error) => {
    throw new Error(`the peers could not be installed: ${pip.join(' ')} ${packages.join(' ')}\n${cause.message}`, {
      cause,
    })
  })
  writeFileSync(stamp, packages.join('\n'))
}

/** Test files run side by side: one of them installs, the others wait. */
async function locked(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (!holderLives()) rmSync(lock, { recursive: true, force: true })
      else await wait(200)
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid))
    await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function holderLives(): boolean {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0)
    return true
  } catch (error) {
    // No pid yet: it is just being taken.
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await peers()
  console.log(`peers: ${found.python}`)
}
