/**
 * Nothing of a telegram or a Circular leaves this machine but by a person: the whole gateway works on real alerts in a
 * process where every way out is closed and each try is written down; and the sources hold nothing that could try.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseSync } from 'oxc-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callControl } from '../../src/record/control.ts'
import type { ShownDraft } from '../../src/serve/draft-desk.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { describeTier, samplesDir } from '../tiers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const trap = fileURLToPath(new URL('../servers/network-trap.mjs', import.meta.url))
const run = promisify(execFile)
const author = 'A. Person (Example Observatory)'
const kinds = ['atel', 'gcn-circular']

describeTier('samples', 'a gateway that drafts telegrams and Circulars, with every way out closed', () => {
  let home: GatewayHome
  let gateway: GatewayProcess
  const tried = () => readFileSync(join(home.directory, 'trap'), 'utf8').split('\n')

  beforeAll(async () => {
    home = gatewayHome({
      authority: 'fountain.test',
      sources: {
        ztf: { kind: 'files', survey: 'ztf', paths: [join(samplesDir as string, 'ztf')] },
      },
      streams: { all: { filter: 'SELECT id FROM alert', title: 'All alerts' } },
      subscriptions: kinds.map((to) => ({ name: `to-${to}`, stream: 'all', to })),
      bridges: {
        atel: { authors: author, contact: 'a.person@example.org', leastReliability: 0 },
        'gcn-circular': { site: 'gcn', authors: author, contact: 'a.person@example.org', leastReliability: 0 },
      },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home, {
      env: { NODE_OPTIONS: `--import=${trap}`, NETWORK_TRAP: join(home.directory, 'trap') },
    })
  })
  afterAll(async () => {
    await gateway.stop()
    home.remove()
  })

  const ask = (command: string, args: object) => callControl(home.data, command, args)
  const listed = async (bridge: string, state: string) =>
    (await ask('deliveries.list', { bridge, state, limit: 1000 })) as { id: number; error: string | null }[]
  const shown = async (id: number) => (await ask('drafts.show', { id })) as ShownDraft

  it('drafts, refuses, is changed and handed in by people, and asks nobody', async () => {
    await until('the source ends', async () => (await gateway.status()).sources.every(({ state }) => state === 'ended'))
    for (const bridge of kinds) {
      await until('everything is rendered or refused', async () =>
        (await Promise.all((await listed(bridge, 'held')).map(({ id }) => shown(id)))).every(
          ({ text }) => text !== null,
        ),
      )
      const refused = await listed(bridge, 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      for (const { error } of refused) expect(error).toMatch(/solar-system|fainter|reliability|magnitude|seen|test/)

      const [draft] = await Promise.all((await listed(bridge, 'held')).map(({ id }) => shown(id)))
      expect(draft).toMatchObject({ byHand: true, editable: true, version: 0 })
      expect(new URL(draft!.handIn!.url).protocol).toBe('https:')
      const { id, text } = draft!
      const changed = (await ask('drafts.edit', {
        id,
        version: 0,
        text: text!.replace('We report', 'We announce'),
        by: 'ada',
      })) as ShownDraft
      expect(changed).toMatchObject({ version: 1, text: expect.stringContaining('We announce') })
      // A yes lets nothing out: a person hands it in, and says what it became.
      const yes = (await ask('drafts.approve', { ids: [id], by: 'ada' })) as {
        done: number[]
        refused: { code: string }[]
      }
      expect(yes).toMatchObject({ done: [], refused: [{ code: 'DRAFT_BY_HAND' }] })
      const made = (await ask('drafts.sent', { id, receipt: '17123', by: 'ada' })) as { citation: { ivoid: string } }
      expect((await shown(id)).state).toBe('sent')
      const event = await fetch(`${gateway.url}/events?ID=${encodeURIComponent(made.citation.ivoid)}`)
      expect(await event.text()).toContain('17123')
    }
    expect(tried().filter((line) => line === 'trapped').length).toBeGreaterThan(1)
    expect(tried().filter((line) => !['trapped', ''].includes(line))).toEqual([])
  })
})

describe('the trap itself', () => {
  it.each([
    ['fetch', 'await fetch("http://127.0.0.1:8009")'],
    ['undici', 'await (await import("undici")).request("http://127.0.0.1:8009")'],
    ['net', '(await import("node:net")).connect(8009, "127.0.0.1")'],
    ['tls', '(await import("node:tls")).connect(8009, "127.0.0.1")'],
    ['http', '(await import("node:http")).get("http://127.0.0.1:8009")'],
    ['dns', '(await import("node:dns")).lookup("example.org", () => {})'],
    ['dns promises', 'await (await import("node:dns/promises")).lookup("example.org")'],
    ['dgram', '(await import("node:dgram")).createSocket("udp4").send("x", 8009, "127.0.0.1")'],
    ['a command', '(await import("node:child_process")).execFile("true")'],
    [
      'a worker',
      'await new Promise((done) => new (await import("node:worker_threads")).Worker("fetch(\'http://127.0.0.1:8009\').catch(() => {})", { eval: true }).on("exit", done))',
    ],
  ])('sees %s', async (name, code) => {
    const { mkdtempSync } = await import('node:fs')
    const file = join(mkdtempSync('/tmp/fountain-trap-'), 'trap')
    const script = name === 'a worker' ? code.replace('(done) =>', 'async (done) =>') : code
    await run(process.execPath, ['--import', trap, '--input-type=module', '-e', script], {
      cwd: root,
      env: { ...process.env, NETWORK_TRAP: file, NODE_OPTIONS: `--import=${trap}` },
    }).catch(() => {})
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.filter((line) => !['trapped', ''].includes(line))).not.toEqual([])
  })
})

describe.each(kinds)('the sources of %s', (kind) => {
  const files = reachable(join(root, 'bridges', kind, 'index.ts'))

  it('are what its entry reaches', () => {
    const names = files.map((file) => relative(root, file))
    expect(names).toContain(`bridges/${kind}/lint.ts`)
    expect(names).toContain('bridges/report-text/prose.ts')
    expect(names).not.toContain('bridges/http.ts')
  })

  it('import nothing that could open a connection', () => {
    const allowed = new Set(['node:crypto', 'zod'])
    const outside = files.flatMap((file) =>
      valuesImported(file)
        .filter((target) => !target.startsWith('.') && !allowed.has(target))
        .map((target) => `${relative(root, file)}: ${target}`),
    )
    expect(outside).toEqual([])
  })

  it('name nothing that could either, nor the host’s own client', () => {
    const ways =
      /\bfetch\(|\bWebSocket\b|\bEventSource\b|\bXMLHttpRequest\b|\bimport\(|\brequire\b|\beval\(|\bnew Function\b|\bprocess\.|\bhttp\.request\b|\bhost\.http\b/
    const faults = files.filter((file) => file.includes(`/bridges/${kind}/`) || file.includes('/report-text/'))
    expect(faults.length).toBeGreaterThan(8)
    expect(faults.filter((file) => ways.test(readFileSync(file, 'utf8')))).toEqual([])
  })
})

/** The files whose values a file takes, and theirs, and so on: packages apart. */
function reachable(entry: string): string[] {
  const found = new Set([entry])
  for (const file of found) {
    for (const target of valuesImported(file)) {
      if (target.startsWith('.')) found.add(join(dirname(file), target))
    }
  }
  return [...found]
}

function valuesImported(file: string): string[] {
  const { module } = parseSync(file, readFileSync(file, 'utf8'))
  return [
    ...module.staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? [moduleRequest.value] : [])),
    ),
  ]
}
