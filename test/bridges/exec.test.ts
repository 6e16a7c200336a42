import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { bridge } from '../../bridges/exec/index.ts'
import { readStored, renderInput } from '../../bridges/exec/render.ts'
import { commandServer, isAlive } from '../servers/command.ts'
import { attemptOf, failure, testBridge, testHost, until } from './contract.ts'
import { itemNumber, retractionItem, sampleItem, sampleXml } from './sample-item.ts'

const secret = 'a-secret-word'

testBridge('exec', {
  bridge,
  to: 'keep',
  secrets: [secret],
  wire: (message) => readStored(message).input,
  expects: {
    busy: { kind: 'retry', reached: 'no' },
    'hang-before': { kind: 'retry', reached: 'maybe' },
  },
  whenGone: { kind: 'halt', reached: 'no' },
  async start() {
    const server = commandServer()
    const command = { command: [server.path], env: { STATE: server.folder, SECRET: secret } }
    return { server, config: { commands: { keep: command } } }
  },
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
type Given = Parameters<typeof bridge.config.parse>[0] & object
/** Runs `script` by /bin/sh with the sample event. */
async function running(script: string, more: object = {}, config: Given = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fountain-exec-'))
  folders.push(folder)
  const commands = { it: { command: ['/bin/sh', '-c', script, 'it'], folder, ...more } }
  const host = testHost()
  const channel = await bridge.open(bridge.config.parse({ commands, ...config }), host)
  const message = channel.render([sampleItem], 'it')
  const deliver = (signal?: AbortSignal) => channel.deliver(message, attemptOf(message, signal))
  return { folder, host, channel, message, deliver, file: (name: string) => join(folder, name) }
}
const sent = (outcome: Awaited<ReturnType<Awaited<ReturnType<typeof running>>['deliver']>>) => {
  if (outcome.state !== 'sent') throw new Error(outcome.state)
  return outcome.receipt
}

describe('exec: what a command gets', () => {
  it('has the event on standard input and nothing of the gateway’s environment', async () => {
    process.env.GATEWAY_SECRET = 'not for commands'
    const { file, message, deliver } = await running('cat > event; env > environment; echo done', {
      env: { MINE: 'a b' },
    })
    expect(sent(await deliver())).toMatchObject({ id: message.key, reply: 'exit 0: done' })
    expect(JSON.parse(readFileSync(file('event'), 'utf8'))).toMatchObject({ ivoid: sampleItem.event.ivoid })
    const names = readFileSync(file('environment'), 'utf8').trim().split('\n')
    // The shell sets some of its own.
    expect(names.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)).sort()).toEqual([
      'FOUNTAIN_ATTEMPT=1',
      'FOUNTAIN_EVENT=event',
      'FOUNTAIN_FILTER=young-and-bright',
      'FOUNTAIN_FORMAT=json',
      `FOUNTAIN_IVOID=${sampleItem.event.ivoid}`,
      `FOUNTAIN_KEY=${message.key}`,
      'FOUNTAIN_ROLE=observation',
      'FOUNTAIN_SUBSCRIPTION=young-and-bright-email',
      'LANG=C.UTF-8',
      'MINE=a b',
      'PATH=/usr/local/bin:/usr/bin:/bin',
    ])
  })

  it('is run by no shell: what stands in an argument or an event stays there', async () => {
    const { channel, folder } = await running('true')
    const hostile = '$(touch owned) `touch owned`; touch owned'
    const commands = { it: { command: ['/bin/echo', hostile], folder } }
    const other = await bridge.open(bridge.config.parse({ commands }), testHost())
    const item = { ...sampleItem, event: { ...sampleItem.event, ivoid: `ivo://example.org/x#${hostile}\0\n` } }
    const message = other.render([item], 'it')
    expect(sent(await other.deliver(message, attemptOf(message))).reply).toBe(`exit 0: ${hostile}`)
    expect(existsSync(join(folder, 'owned'))).toBe(false)
    await channel.close()
  })

  it('can have the packet itself, bit for bit, or the draft’s JSON', async () => {
    const xml = await running('cat > event', {}, { format: 'voevent-xml' })
    await xml.deliver()
    expect(readFileSync(xml.file('event')).equals(sampleXml)).toBe(true)
    const draft = await running('cat > event', {}, { format: 'voevent-3-json' })
    await draft.deliver()
    expect(JSON.parse(readFileSync(draft.file('event'), 'utf8')).$schema).toContain('voevent:3')
  })

  it.each([
    ['event', sampleItem],
    [
      'followup',
      {
        ...itemNumber(2),
        event: {
          ...itemNumber(2).event,
          citations: { events: [{ ivoid: sampleItem.event.ivoid, cite: 'followup' as const }] },
        },
      },
    ],
    ['retraction', retractionItem],
  ])('is as agreed: %s', (name, item) => {
    const path = fileURLToPath(new URL(`../golden/exec/${name}.json`, import.meta.url))
    const { head, input } = readStored(renderInput(item, 'it', { format: 'json', repeat: 'never' }))
    expect(head.kind).toBe(name === 'retraction' ? 'retraction' : 'event')
    const shown = `${JSON.stringify({ head, input: JSON.parse(Buffer.from(input).toString()) }, null, 2)}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })
})

describe('exec: how a command ends', () => {
  it.each([
    ['exit 0', {}, undefined],
    ['exit 75', {}, ['retry', 'no']],
    ['exit 1', {}, ['reject', 'no']],
    ['exit 1', { onFailure: 'retry' }, ['retry', 'no']],
    ['exit 1', { onFailure: 'halt' }, ['halt', 'no']],
    ['exit 75', { onFailure: 'halt' }, ['retry', 'no']],
    ['kill -KILL $$', {}, ['retry', 'maybe']],
    ['kill -TERM $$', { onFailure: 'halt' }, ['retry', 'maybe']],
  ] as const)('%s with %j', async (script, config, expected) => {
    const { deliver } = await running(script, {}, config)
    if (expected === undefined) return void expect(sent(await deliver()).reply).toBe('exit 0')
    const error = await failure(deliver())
    expect([error.kind, error.reached]).toEqual(expected)
  })

  it('keeps the beginning of what it says, and lets it say the rest', async () => {
    const flood = 'head -c 5000000 /dev/zero | tr "\\0" x; echo over >&2; exit 4'
    const { deliver } = await running(flood, { maxOutputBytes: 100 })
    expect((await failure(deliver())).reply).toBe(`exit 4: ${'x'.repeat(100)}`)
    const none = await running('echo much', { maxOutputBytes: 0 })
    expect(sent(await none.deliver()).reply).toBe('exit 0')
  })

  it('does not mind that nobody reads its input', async () => {
    const { channel } = await running('exec <&-; echo fine')
    const big = {
      ...sampleItem,
      match: { ...sampleItem.match, columns: [{ name: 'x', value: 'y'.repeat(3_000_000) }] },
    }
    const message = channel.render([big], 'it')
    expect(sent(await channel.deliver(message, attemptOf(message))).reply).toBe('exit 0: fine')
  })

  it('waits for nothing that it left running', async () => {
    const { file, deliver } = await running('sleep 600 & echo $! > child; echo started')
    expect(sent(await deliver()).reply).toBe('exit 0: started')
    const child = Number(readFileSync(file('child'), 'utf8'))
    expect(isAlive(child)).toBe(true)
    process.kill(child)
  })

  it.each([
    ['its time is over', { timeoutSeconds: 1 }, undefined, 'it took too long'],
    ['the attempt is', {}, 'the gateway stops', 'the gateway stops'],
  ])('is ended with all that it started when %s, also against its will', async (_, more, reason, why) => {
    const { file, deliver } = await running(
      `trap '' TERM; (trap '' TERM; echo $$ > child; exec sleep 600) & echo $! > child; echo $$ > parent; cat > /dev/null; : > ready; while :; do sleep 600; done`,
      more,
    )
    const abort = new AbortController()
    const failing = failure(deliver(abort.signal))
    await until('it to run', () => existsSync(file('ready')))
    if (reason !== undefined) abort.abort(new Error(reason))
    const error = await failing
    expect([error.kind, error.reached]).toEqual(['retry', 'maybe'])
    expect(error.reply).toContain(`ended by SIGKILL, ${why}`)
    for (const name of ['parent', 'child']) {
      const pid = Number(readFileSync(file(name), 'utf8'))
      await until(`${name} to end`, () => !isRunning(pid))
    }
  })

  it('may end well when it is asked to stop: what is done is done', async () => {
    const { file, deliver } = await running(`trap 'exit 0' TERM; : > ready; while :; do sleep 0.05; done`)
    const abort = new AbortController()
    const delivering = deliver(abort.signal)
    await until('it to run', () => existsSync(file('ready')))
    abort.abort(new Error('time is up'))
    expect((await delivering).state).toBe('sent')
  })

  it.each([
    ['is not there', ['/nowhere/at-all']],
    ['may not be run', [fileURLToPath(new URL('../golden/exec/event.json', import.meta.url))]],
    ['is a folder', ['/tmp']],
    ['is in no folder of the PATH', ['a-program-that-nobody-has']],
  ])('halts the bridge when it %s, and check says so', async (_, command) => {
    const channel = await bridge.open(bridge.config.parse({ commands: { it: { command } } }), testHost())
    const message = channel.render([sampleItem], 'it')
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({ kind: 'halt', reached: 'no' })
    const checked = await failure(channel.check(AbortSignal.timeout(20_000)))
    expect([checked.kind, checked.reply]).toEqual(['halt', expect.stringContaining(`command it: ${command[0]}`)])
  })

  it('halts the bridge when its folder is not there, and check says so', async () => {
    const commands = { it: { command: ['true'], folder: '/nowhere/at-all' } }
    const channel = await bridge.open(bridge.config.parse({ commands }), testHost())
    const message = channel.render([sampleItem], 'it')
    for (const failing of [channel.deliver(message, attemptOf(message)), channel.check(AbortSignal.timeout(20_000))]) {
      const error = await failure(failing)
      expect([error.kind, error.reached, error.reply]).toEqual([
        'halt',
        'no',
        expect.stringContaining('/nowhere/at-all'),
      ])
    }
  })

  it('rejects a name that the configuration does not have, also one that every object has', async () => {
    const { channel } = await running('true')
    for (const name of ['other', 'constructor', 'toString']) {
      const message = channel.render([sampleItem], name)
      expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({
        kind: 'reject',
        reached: 'no',
      })
    }
  })

  it('is repeated only if the operator says that it may be', async () => {
    expect((await running('true')).message.repeat).toBe('never')
    expect((await running('true', {}, { repeat: 'safe' })).message.repeat).toBe('safe')
  })
})

/** A process that has ended and that nobody has buried yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return existsSync('/proc/self') ? false : isAlive(pid)
  }
}

describe('exec: configuration', () => {
  const good = { command: ['true'] }
  it('finds programs in the PATH', async () => {
    const channel = await bridge.open(bridge.config.parse({ commands: { it: good } }), testHost())
    await channel.check(AbortSignal.timeout(20_000))
    const message = channel.render([sampleItem], 'it')
    expect(sent(await channel.deliver(message, attemptOf(message))).reply).toBe('exit 0')
  })
  it.each([
    {},
    { commands: {} },
    { commands: { it: { command: [] } } },
    { commands: { it: { command: [''] } } },
    { commands: { it: { command: 'rm -rf /' } } },
    { commands: { it: { command: ['a\0b'] } } },
    { commands: { it: { ...good, env: { FOUNTAIN_KEY: 'mine' } } } },
    { commands: { it: { ...good, env: { 'A=B': 'c' } } } },
    { commands: { it: { ...good, timeoutSeconds: 3600 } } },
    { commands: { it: { ...good, folder: 'relative' } } },
    { commands: { '../it': good } },
    { commands: { it: good }, format: 'avro' },
  ])('refuses %j', (config) => expect(bridge.config.safeParse(config).success).toBe(false))
  it('takes the name of a command for an address, and no command', () => {
    expect(bridge.address.safeParse('point-telescope').success).toBe(true)
    for (const bad of ['', 'a b', '/bin/sh', '-c', ['a'], { command: ['a'] }]) {
      expect(bridge.address.safeParse(bad).success).toBe(false)
    }
  })
})
