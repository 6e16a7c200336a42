/**
 * A real Comet stays up while the gateway is killed again and again at random moments: in the end Comet has saved
 * every expected event exactly once, and the store and the log hold each once. The seed is printed.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { freePorts, startComet } from '../interop/comet.ts'
import { describeTier } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'

const kills = Number(process.env.FOUNTAIN_KILLS ?? 50)
const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)
const alertsPerVisit = 4

describeTier('peers', 'a real Comet through random kills', () => {
  it(`${kills} kills, seed ${seed}`, { timeout: 60_000 + kills * 15_000 }, async () => {
    const [subscribe = 0] = await freePorts(1)
    const visits = kills * 3
    const quiet = {
      authority: 'fountain.test',
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      bridges: { vtp: { submit: 0, subscribe, resumeMs: 600_000 } },
      http: { listen: '127.0.0.1:0' },
    }
    // Comet gets what comes after it subscribed (REC-VTP-2.0 §3.1): so the sky begins when it is there.
    const home = gatewayHome(quiet)
    const random = seeded(seed)
    let gateway = await startGatewayProcess(home)
    const comet = await startComet({ subscribe: `127.0.0.1:${subscribe}`, localIvo: 'ivo://comet.test/survivor' })
    try {
      await until(
        'Comet is known',
        async () => (await gateway.status()).feeds[0]?.peers[0]?.name.includes('survivor') ?? false,
      )
      // A visit every 0.4 s while it lives: the kills fall among events that come all the time.
      home.configure({ ...quiet, sources: { sky: { kind: 'simulator', seed, factor: 97.5, alertsPerVisit, visits } } })
      for (let kill = 0; kill < kills; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 50 + random(850)))
        await gateway.kill()
        gateway = await startGatewayProcess(home)
      }
      const expected = visits * alertsPerVisit
      await until('the source ends', async () => (await gateway.status()).sources[0]?.state === 'ended', 300_000)
      await until(`Comet saved ${expected}`, () => comet.saved().length >= expected, 120_000)
      const saved = comet.saved()
      expect(saved).toHaveLength(expected)
      expect(new Set(saved.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'))).size).toBe(expected)
      // Comet's own log says what it took: each event once, repeats were its duplicates.
      await gateway.stop()
      const database = new DatabaseSync(join(home.data, 'fountain.db'), { readOnly: true })
      const count = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0])
      expect(count("SELECT COUNT(*) FROM events WHERE stream LIKE '%/streams/all'")).toBe(expected)
      expect(count('SELECT COUNT(*) FROM log')).toBe(expected)
      expect(count('SELECT COUNT(DISTINCT ivoid) FROM events e JOIN log l ON l.event_id = e.id')).toBe(expected)
      expect(count('SELECT SUM(received) FROM ledger_sources')).toBe(expected)
      expect(count('SELECT SUM(duplicate) FROM ledger_sources')).toBe(0)
      const bytes = new Set(
        database
          .prepare('SELECT e.bytes FROM events e JOIN log l ON l.event_id = e.id')
          .all()
          .map((row) => Buffer.from(row.bytes as Uint8Array).toString('base64')),
      )
      expect(saved.filter((event) => !bytes.has(event.bytes.toString('base64')))).toEqual([])
      database.close()
      console.log(
        `comet kills, seed ${seed}: ${kills} kills, ${expected} events, each once at Comet, in the store and on the log`,
      )
    } catch (error) {
      console.error(`seed ${seed}`, gateway.log().slice(-4000), comet.log().slice(-2000))
      throw error
    } finally {
      await gateway.stop()
      await comet.stop()
      home.remove()
    }
  })
})
