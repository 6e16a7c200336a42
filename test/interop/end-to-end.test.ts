/** Real alerts through a real Kafka and the whole gateway to a real Comet, read by the world's own readers. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { missingTier } from '../../scripts/tiers.ts'
import {
  type GatewayHome,
  type GatewayProcess,
  gatewayHome,
  startGatewayProcess,
  totals,
  until,
} from '../gateway-process.ts'
import { freshName, makeTopic, produce, type TestBroker, testBroker } from '../kafka/broker.ts'
import { lsstSchemas } from '../servers/lsst-schemas.ts'
import { type SchemaRegistry, startSchemaRegistry } from '../servers/schema-registry.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { type Comet, startComet } from './comet.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./read_events.py', import.meta.url))

/** The messages of some sample folders, in the order of the folders. */
function messagesOf(...folders: string[]): Buffer[] {
  return folders.flatMap((folder) =>
    readdirSync(join(samplesDir as string, 'lsst', folder))
      .sort()
      .map((name) => readFileSync(join(samplesDir as string, 'lsst', folder, name))),
  )
}

interface Reading {
  readonly events: readonly {
    ivorn: string
    valid: boolean
    dRaArcsec: number
    dDecArcsec: number
    dTimeS: number
    errorDeg: number
  }[]
  readonly unmatched: readonly string[]
}

async function readByPeers(packets: readonly Uint8Array[]): Promise<Reading> {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-events-'))
  packets.forEach((bytes, index) => {
    writeFileSync(join(directory, `${index}.xml`), bytes)
  })
  try {
    const { python } = await peers()
    const output = execFileSync(python, [script, directory, samplesDir as string, referenceDir as string], {
      maxBuffer: 1 << 26,
      encoding: 'utf8',
    })
    return JSON.parse(output) as Reading
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const tier = (['samples', 'kafka', 'peers'] as const).find((name) => missingTier(name) !== undefined) ?? 'peers'

describeTier(tier, 'real alerts through a real Kafka to a real Comet', () => {
  let broker: TestBroker
  let registry: SchemaRegistry
  const homes: GatewayHome[] = []

  beforeAll(async () => {
    broker = await testBroker()
    registry = await startSchemaRegistry(lsstSchemas(join(referenceDir as string, 'avro', 'lsst')))
  })
  afterAll(async () => {
    await registry.stop()
    await broker.stop()
    for (const home of homes) home.remove()
  })

  function homeFor(topic: string, schemas: SchemaRegistry = registry): GatewayHome {
    const home = gatewayHome({
      authority: 'fountain.test',
      sources: {
        lsst: {
          kind: 'kafka',
          survey: 'lsst',
          brokers: broker.brokers,
          topics: [topic],
          group: freshName('e2e'),
          from: 'earliest',
          registry: schemas.url,
        },
      },
      streams: { all: { filter: 'filters/all.adql', title: 'All alerts' } },
      bridges: { vtp: { submit: 0, subscribe: 0, iamaliveS: 5 } },
      http: { listen: '127.0.0.1:0' },
    })
    homes.push(home)
    return home
  }

  it('65 messages: 29 events, 31 duplicates, 5 dead letters; each event read rightly by the peers and relayed by Comet', async () => {
    const messages = messagesOf('v11_0', 'v10_0', 'v9_0', 'wire-ids')
    expect(messages).toHaveLength(65)
    const topic = await makeTopic(broker)
    const home = homeFor(topic)
    let comet: Comet | undefined
    let downstream: Comet | undefined
    let gateway: GatewayProcess | undefined
    try {
      gateway = await startGatewayProcess(home)
      comet = await startComet({
        subscribe: `127.0.0.1:${gateway.vtp.subscribe}`,
        localIvo: 'ivo://comet.test/first',
        broker: true,
      })
      downstream = await startComet({
        subscribe: `127.0.0.1:${comet.broadcastPort}`,
        localIvo: 'ivo://comet.test/second',
      })
      await until(
        'Comet subscribes',
        async () => ((await (gateway as GatewayProcess).status()).feeds[0]?.peers.length ?? 0) === 1,
      )
      await until('the second Comet subscribes', () => /New subscriber/i.test((comet as Comet).log()))
      // One batch a message, as Rubin's producers flush.
      for (const value of messages) await produce(broker, topic, [{ value }])
      await until(
        'all messages are received',
        async () => totals(await (gateway as GatewayProcess).status()).received === 65,
        60_000,
      )
      expect(totals(await gateway.status())).toEqual({
        received: 65,
        decoded: 29,
        duplicate: 31,
        parked: 0,
        dead: 5,
        events: 29,
      })
      await until(
        'both Comets saved 29',
        () => comet?.saved().length === 29 && downstream?.saved().length === 29,
        60_000,
      )

      const saved = comet.saved().map(({ bytes }) => bytes)
      const relayed = new Set(downstream.saved().map(({ bytes }) => bytes.toString('base64')))
      expect(saved.every((bytes) => relayed.has(bytes.toString('base64')))).toBe(true)

      const reading = await readByPeers(saved)
      expect(reading.unmatched).toEqual([])
      expect(reading.events).toHaveLength(29)
      expect(new Set(reading.events.map(({ ivorn }) => ivorn)).size).toBe(29)
      for (const event of reading.events) {
        expect(event.valid, event.ivorn).toBe(true)
        expect(Math.abs(event.dRaArcsec), event.ivorn).toBeLessThan(1e-5)
        expect(Math.abs(event.dDecArcsec), event.ivorn).toBeLessThan(1e-5)
        expect(Math.abs(event.dTimeS), event.ivorn).toBeLessThan(2e-6)
        expect(event.errorDeg, event.ivorn).toBeGreaterThan(0)
      }
    } catch (error) {
      console.error(gateway?.log())
      throw error
    } finally {
      await downstream?.stop()
      await comet?.stop()
      await gateway?.stop()
    }
  })

  it('v10.0 alone into a fresh data directory gives 27', async () => {
    const topic = await makeTopic(broker)
    await produce(
      broker,
      topic,
      messagesOf('v10_0').map((value) => ({ value })),
    )
    const gateway = await startGatewayProcess(homeFor(topic))
    try {
      await until('all messages are received', async () => totals(await gateway.status()).received === 27, 60_000)
      expect(totals(await gateway.status())).toEqual({
        received: 27,
        decoded: 27,
        duplicate: 0,
        parked: 0,
        dead: 0,
        events: 27,
      })
    } finally {
      await gateway.stop()
    }
  })

  it('an unknown schema id parks its packet; once the registry knows it, it is taken up again', async () => {
    const schemas = new Map(lsstSchemas(join(referenceDir as string, 'avro', 'lsst')))
    schemas.delete(1100)
    const lacking = await startSchemaRegistry(schemas)
    const topic = await makeTopic(broker)
    await produce(
      broker,
      topic,
      messagesOf('v11_0')
        .slice(0, 3)
        .map((value) => ({ value })),
    )
    const home = homeFor(topic, lacking)
    let gateway = await startGatewayProcess(home)
    try {
      await until('they are parked', async () => totals(await gateway.status()).parked === 3, 60_000)
      expect(totals(await gateway.status())).toEqual({
        received: 3,
        decoded: 0,
        duplicate: 0,
        parked: 3,
        dead: 0,
        events: 0,
      })
      lacking.schemas.set(1100, lsstSchemas(join(referenceDir as string, 'avro', 'lsst')).get(1100) as string)
      await gateway.stop() // what failed is remembered for a while: a restart forgets it
      gateway = await startGatewayProcess(home)
      const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
      // (Not a synchronous child: the registry lives in this process.)
      const { stdout: output } = await run(process.execPath, [cli, 'dead', 'retry', '--all', '--data', home.data])
      expect(output).toContain('3 tried: 3 decoded')
      expect(totals(await gateway.status())).toEqual({
        received: 3,
        decoded: 3,
        duplicate: 0,
        parked: 0,
        dead: 0,
        events: 3,
      })
    } finally {
      await gateway.stop()
      await lacking.stop()
    }
  })
})
