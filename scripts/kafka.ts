/**
 * Gets and starts a real Apache Kafka for tests and trials: one broker in KRaft mode on loopback, with a PLAINTEXT
 * listener, a SASL one (SCRAM-SHA-512, SCRAM-SHA-256, PLAIN) and one for tokens (OAUTHBEARER). The jars come by Maven, once, into `.cache/kafka`.
 *
 *   node scripts/node24.mjs scripts/kafka.ts start
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { repairRequestQueue } from '../src/ingest/kafka/kafkajs-repair.ts'

const version = '4.3.0'
const artifacts = [
  ['org.apache.kafka', 'kafka_2.13', version],
  ['org.apache.kafka', 'kafka-tools', version],
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
]
const cache = fileURLToPath(new URL(`../.cache/kafka/${version}/`, import.meta.url))
const jars = join(cache, 'lib')
const startLimitMs = 60_000

export interface StartedKafka {
  readonly brokers: string[]
  /** The SASL listener; empty when a broker from outside has none. */
  readonly saslBrokers: string[]
  /** OAUTHBEARER with unsigned JWTs of the scope `kafkaTokenScope`; empty when a broker from outside has none. */
  readonly tokenBrokers: string[]
  readonly user: string
  readonly password: string
  /** Ends the broker in an orderly way and removes its data. */
  stop(): Promise<void>
  /** Ends it at once, as a crash does. The data stay until `stop`. */
  kill(): Promise<void>
  /** After `kill`: the same broker again, same ports, same data. */
  restart(): Promise<void>
}

export interface KafkaOptions {
  /** Start one even where KAFKA_BROKERS names one: for tests that kill it. */
  readonly own?: boolean
  /** The largest message, bytes. */
  readonly messageMaxBytes?: number
  /** How long a login by token counts on an open connection, ms; 0: until the token ends. */
  readonly reauthenticateMs?: number
}

/** What a token must allow. */
export const kafkaTokenScope = 'kafka-fountain-producer'

/** Can a broker be started, or is there one from outside (KAFKA_BROKERS)? If not: what is missing, and how to get it. */
export function kafkaAvailable(): { ok: true } | { ok: false; missing: string; get: string } {
  if (process.env.KAFKA_BROKERS) return { ok: true }
  const orElse = 'or name a broker in KAFKA_BROKERS'
  if (process.platform === 'win32') return { ok: false, missing: 'a POSIX shell', get: `use WSL, ${orElse}` }
  const major = javaMajor()
  if (major === undefined || major < 17) {
    return { ok: false, missing: `Java 17 (found ${major ?? 'none'})`, get: `install a JRE 17 or newer, ${orElse}` }
  }
  if (!existsSync(jars) && !onPath('mvn')) return { ok: false, missing: 'Maven', get: `install Maven 3, ${orElse}` }
  return { ok: true }
}

/** Starts a broker, or takes the one of KAFKA_BROKERS (with KAFKA_SASL_BROKERS, KAFKA_USER and KAFKA_PASSWORD). */
export async function startKafka(options: KafkaOptions = {}): Promise<StartedKafka> {
  const { KAFKA_BROKERS: outside, KAFKA_SASL_BROKERS: sasl, KAFKA_USER, KAFKA_PASSWORD } = process.env
  if (outside && !options.own) {
    const nothing = async () => {}
    const given = {
      user: KAFKA_USER ?? '',
      password: KAFKA_PASSWORD ?? '',
      stop: nothing,
      kill: nothing,
      restart: nothing,
    }
    return { brokers: outside.split(','), saslBrokers: sasl ? sasl.split(',') : [], tokenBrokers: [], ...given }
  }
  repairRequestQueue()
  const available = kafkaAvailable()
  if (!available.ok) throw new Error(`no Kafka: ${available.missing} is missing; ${available.get}`)
  await prepareKafka()
  // Somebody else may take a port between the look and the start.
  for (let attempt = 1; ; attempt++) {
    const node = await prepare(options)
    try {
      await node.start()
      return node.handle
    } catch (error) {
      await node.handle.stop()
      if (attempt === 3) throw error
    }
  }
}

const user = 'fountain-test'
const password = 'only-on-loopback'

async function prepare(options: KafkaOptions) {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-kafka-'))
  const [plain, sasl, token, controller] = await freePorts(4)
  const properties = join(directory, 'server.properties')
  const { messageMaxBytes = 4_194_304, reauthenticateMs = 3_600_000 } = options
  const ports = { plain: plain!, sasl: sasl!, token: token!, controller: controller! }
  writeFileSync(properties, propertiesOf({ ...ports, directory, messageMaxBytes, reauthenticateMs }))
  await promisify(execFile)(java(), [
    ...javaOptions,
    'kafka.tools.StorageTool',
    ...['format', '--cluster-id', 'Rm91bnRhaW5UZXN0cw', '--config', properties],
    ...['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password}]`],
    ...['--add-scram', `SCRAM-SHA-256=[name=${user},password=${password}]`],
  ])
  let broker: ChildProcess | undefined
  const endAtExit = () => signalGroup(broker, 'SIGKILL')
  process.on('exit', endAtExit)
  const brokers = [`127.0.0.1:${plain}`]

  async function start(): Promise<void> {
    const log = join(directory, 'broker.log')
    const child = runBroker(properties, log, directory)
    broker = child
    const deadline = performance.now() + startLimitMs
    while (!(await answers(brokers))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`Kafka did not start:\n${readFileSync(log, 'utf8').slice(-3000)}`)
      }
      await delay(100)
    }
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = broker
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    signalGroup(child, signal)
    if (signal !== 'SIGKILL') await Promise.race([gone, delay(10_000, undefined, { ref: false })])
    signalGroup(child, 'SIGKILL')
    await gone
  }
  const handle: StartedKafka = {
    brokers,
    saslBrokers: [`127.0.0.1:${sasl}`],
    tokenBrokers: [`127.0.0.1:${token}`],
    user,
    password,
    kill: () => end('SIGKILL'),
    restart: start,
    async stop() {
      await end('SIGTERM')
      process.off('exit', endAtExit)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return { start, handle }
}

/** Runs one of Kafka's own programs: what Java writes is what surveys write. */
export async function runKafkaTool(mainClass: string, ...words: string[]): Promise<string> {
  await prepareKafka()
  const { stdout } = await promisify(execFile)(java(), [...javaOptions, mainClass, ...words])
  return stdout
}

interface BrokerSettings {
  readonly plain: number
  readonly sasl: number
  readonly token: number
  readonly controller: number
  readonly directory: string
  readonly messageMaxBytes: number
  readonly reauthenticateMs: number
}

function propertiesOf(settingsOf: BrokerSettings): string {
  const { plain, sasl, token, controller, directory, messageMaxBytes, reauthenticateMs } = settingsOf
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password}";`
  const bearer = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const open = `PLAIN://127.0.0.1:${plain},SASL://127.0.0.1:${sasl},TOKEN://127.0.0.1:${token}`
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${open},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': open,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TOKEN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAIN',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
    // Kafka's own validator for trials: tokens that nobody signed.
    'listener.name.token.oauthbearer.sasl.jaas.config': `${bearer} unsecuredLoginStringClaim_sub="broker" unsecuredValidatorRequiredScope="${kafkaTokenScope}";`,
    'listener.name.token.oauthbearer.connections.max.reauth.ms': reauthenticateMs,
    'listener.name.sasl.plain.sasl.jaas.config': login,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': scram,
    // Rights are for those who log in: tests take them away from the SASL user, as surveys do.
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': true,
    'log.dirs': join(directory, 'data'),
    'message.max.bytes': messageMaxBytes,
    'replica.fetch.max.bytes': messageMaxBytes,
    'auto.create.topics.enable': false,
    'num.partitions': 1,
    'group.min.session.timeout.ms': 300,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'log.cleaner.dedupe.buffer.size': 2_000_000,
    // After a kill the controller takes the broker back at once.
    'broker.session.timeout.ms': 1_000,
    'broker.heartbeat.interval.ms': 200,
    'controlled.shutdown.enable': false,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java')
const javaOptions = [
  ...['-cp', join(jars, '*'), '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

/** The broker ends with us, however we end: the shell beside it sees its standard input close. */
const besideBroker = `
exec 3<&0
trap : TERM
"$@" </dev/null &
broker=$!
( cat <&3 >/dev/null; kill -9 $broker 2>/dev/null && rm -rf "$FOUNTAIN_KAFKA_DIRECTORY" ) &
wait $broker
wait $broker
`

function runBroker(properties: string, log: string, directory: string): ChildProcess {
  const out = openSync(log, 'a')
  try {
    const command = ['-c', besideBroker, 'kafka', java(), ...javaOptions, 'kafka.Kafka', properties]
    const env = { ...process.env, FOUNTAIN_KAFKA_DIRECTORY: directory }
    return spawn('sh', command, { stdio: ['pipe', out, out], detached: true, env })
  } finally {
    closeSync(out)
  }
}

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It ended by itself.
  }
}

async function answers(brokers: string[]): Promise<boolean> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin()
  try {
    await admin.connect()
    await admin.describeCluster()
    return true
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}

/** Gets the jars if they are not there. Two processes may do this at once: each into a directory of its own, the first to be done wins. */
export async function prepareKafka(): Promise<void> {
  if (process.env.KAFKA_BROKERS || existsSync(jars)) return
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'part-'))
  try {
    writeFileSync(join(work, 'pom.xml'), pom())
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'lib')}`]
    await promisify(execFile)('mvn', ['-B', '-q', ...goal], { cwd: work, maxBuffer: 16 * 1024 * 1024 })
    try {
      renameSync(join(work, 'lib'), jars)
    } catch (error) {
      if (!existsSync(jars)) throw error
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function pom(): string {
  const dependencies = artifacts.map(
    ([group, artifact, wanted]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${wanted}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fountain</groupId><artifactId>test-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`
}

function javaMajor(): number | undefined {
  try {
    const text = execFileSync(java(), ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return Number(/ (\d+)/.exec(text)?.[1])
  } catch {
    return undefined
  }
}

const onPath = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)))

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = servers.map(
    (server) =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
      }),
  )
  const found = await Promise.all(ports)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return found
}

if (import.meta.main) {
  const command = process.argv[2]
  if (command === 'check') {
    const available = kafkaAvailable()
    console.log(available.ok ? 'ok' : `${available.missing} is missing: ${available.get}`)
    process.exitCode = available.ok ? 0 : 3
  } else if (command === 'start') {
    const kafka = await startKafka()
    const { brokers, saslBrokers } = kafka
    console.log(JSON.stringify({ brokers, saslBrokers, user: kafka.user, password: kafka.password }))
    const forever = setInterval(() => {}, 1 << 30)
    const end = () => {
      clearInterval(forever)
      void kafka.stop()
    }
    process.once('SIGINT', end).once('SIGTERM', end)
  } else {
    console.error('usage: kafka.ts start | check')
    process.exitCode = 2
  }
}
