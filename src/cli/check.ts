import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { openHttp } from '../../bridges/http.ts'
import { leapSecondsExpire, leapSecondsKnown } from '../../vo/astro/time.ts'
import type { Config, SourceConfig } from '../config.ts'
import { loadConfig } from '../config.ts'
import { exitCodeOf, exitCodes, explain, FountainError } from '../errors.ts'
import { openSource } from '../ingest/open-source.ts'
import { openRegistry } from '../ingest/registry.ts'
import { audienceWords } from '../serve/bridge-words.ts'
import { systemClock } from '../system-clock.ts'
import { openRemote } from '../wiring/keep-archive.ts'
import { type Kinds, loadKinds } from '../wiring/kinds.ts'
import { planOf } from '../wiring/plan-of.ts'
import { isTest } from '../wiring/source-of.ts'
import { makeLog } from './log.ts'
import { action, hidden, hideSecrets } from './terminal.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly text: string
  readonly exit: number
}

const checkLimitMs = 15_000
const noMetrics = { counter: () => ({ inc: () => undefined }), gauge: () => ({ set: () => undefined }) }

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('Check a configuration and try every service it names; sends nothing and takes nothing.')
    .option('-c, --config <file>', 'the configuration', 'fountain.yaml')
    .option('--json', 'one object a line: {what, ok, text}')
    .addHelpText(
      'after',
      `
Examples:
  fountain check -c fountain.yaml

Exit codes: 0 all is well, 2 the configuration is wrong, 3 a service does not answer as it should.`,
    )
    .action(action(check))
}

async function check(options: Options): Promise<number> {
  const kinds = await loadKinds()
  const { config, base, secrets } = loadConfig(options.config, kinds.schemas, process.env)
  hideSecrets(secrets)
  planOf(config, base, kinds)
  say(options, {
    what: 'configuration',
    ok: true,
    text: `${options.config}: keys, filters and addresses are right`,
    exit: 0,
  })
  for (const text of warnings(config, kinds)) say(options, { what: 'advice', ok: true, text, exit: 0 })
  const findings = await Promise.all(
    attempts(config, base, kinds, secrets).map(([what, attempt]) => tryIt(what, attempt)),
  )
  for (const finding of findings) say(options, finding)
  return Math.max(exitCodes.done, ...findings.map((finding) => finding.exit))
}

type Attempt = (signal: AbortSignal) => Promise<string>

/** One attempt a service: sources, their registries, bridges. */
function attempts(
  config: Config,
  base: string,
  kinds: Kinds,
  secrets: readonly string[],
): (readonly [string, Attempt])[] {
  const log = makeLog({ level: 'error', secrets, human: true, write: () => undefined })
  const sources = Object.entries(config.sources).flatMap(([name, source]): (readonly [string, Attempt])[] => {
    const open: Attempt = async (signal) => {
      const opened = await openSource(name, source, { log, clock: systemClock, base })
      await opened.check(signal)
      return opened.describe
    }
    const url = 'registry' in source ? source.registry : undefined
    const registry: Attempt = async (signal) => {
      await openRegistry({
        url: url as string,
        cacheDir: resolve(base, config.data, 'schemas'),
        clock: systemClock,
        log,
      }).check(signal)
      return 'answers'
    }
    return [
      [`sources.${name}`, open] as const,
      ...(url === undefined ? [] : [[`sources.${name}.registry`, registry] as const]),
    ]
  })
  const bridges = config.bridges.flatMap(({ name, kind, config: settings }): (readonly [string, Attempt])[] => {
    const bridge = kinds.bridges.get(kind)
    if (bridge === undefined) return [[`bridges.${name}`, async () => 'nothing to try: it opens when the gateway runs']]
    const attempt: Attempt = async (signal) => {
      const http = openHttp()
      const folder = checkFolder(resolve(base, config.data, 'bridges', name))
      const channel = await bridge.open(settings, {
        instance: name,
        authority: config.authority,
        ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
        http,
        clock: systemClock,
        log,
        metrics: noMetrics,
        folder: folder.path,
      })
      try {
        await channel.check(signal)
      } catch (cause) {
        if (cause instanceof FountainError) throw cause
        throw new FountainError('BRIDGE_UNREACHABLE', (cause as Error).message, { cause })
      } finally {
        await channel.close()
        await http.close()
        folder.remove()
      }
      const words = audienceWords(bridge.audience?.(settings))
      const checks = bridge.checks ?? 'nothing to try: nothing can be asked of it without sending'
      return words === undefined ? checks : `${checks}; ${words}`
    }
    return [[`bridges.${name}`, attempt] as const]
  })
  const remote: Attempt = async () => {
    const store = await openRemote(config.archive)
    try {
      await store?.head('fountain-check')
      return 'answers'
    } finally {
      store?.close()
    }
  }
  return [...sources, ...bridges, ...(config.archive.s3 === undefined ? [] : [['archive.s3', remote] as const])]
}

/** What a bridge keeps for good is small; a catalogue's mirror is not, and is being written. */
const copiedBytes = 5_000_000

/** A running gateway keeps its own folder: a check reads a copy, and whatever it writes there goes with it. */
function checkFolder(own: string): { path(): string; remove(): void } {
  let copy: string | undefined
  return {
    path: () => {
      if (copy !== undefined) return copy
      copy = mkdtempSync(join(tmpdir(), 'fountain-check-'))
      if (existsSync(own)) cpSync(own, copy, { recursive: true, filter: isSmall })
      return copy
    },
    remove: () => {
      if (copy !== undefined) rmSync(copy, { recursive: true, force: true })
    },
  }
}

const isSmall = (path: string): boolean => {
  const file = statSync(path, { throwIfNoEntry: false })
  return file !== undefined && (file.isDirectory() || (file.isFile() && file.size <= copiedBytes))
}

async function tryIt(what: string, attempt: Attempt): Promise<Finding> {
  try {
    return { what, ok: true, text: await attempt(AbortSignal.timeout(checkLimitMs)), exit: exitCodes.done }
  } catch (error) {
    const exit = error instanceof FountainError ? exitCodeOf(error.code) : exitCodes.missing
    return { what, ok: false, text: hidden(explain(error)), exit: Math.max(exit, exitCodes.usage) }
  }
}

/** What is allowed and yet likely not meant. */
function warnings(config: Config, kinds: Kinds): string[] {
  const found: string[] = []
  if (config.publicUrl === undefined) {
    found.push('without publicUrl no http links are written')
    const confirming = config.bridges.filter(({ kind }) => kinds.bridges.get(kind)?.confirms).map(({ name }) => name)
    if (confirming.length > 0)
      found.push(
        `without publicUrl users cannot subscribe to ${confirming.join(', ')}: there is no page where an address is confirmed`,
      )
  }
  if (Object.keys(config.streams).length === 0 && config.subscriptions.length === 0)
    found.push('no streams and no subscriptions: nothing will come out')
  if (config.who.contactEmail === undefined)
    found.push('who.contactEmail is not set: readers of your events cannot ask')
  if (!leapSecondsKnown(40_587 + systemClock.now() / 86_400_000)) {
    found.push(
      `the leap-second table expired on ${leapSecondsExpire}: times may be a second off until Fountain is updated`,
    )
  }
  found.push(...reportingWarnings(config, kinds))
  const sources = Object.values(config.sources)
  if (sources.length > 0 && sources.every((source) => topicsOf(source).every((topic) => isTest(source, topic)))) {
    for (const { name, stream, filter, to, test } of config.subscriptions) {
      if (!test)
        found.push(
          `subscription '${name ?? stream ?? filter}' to ${to}: every source makes only tests, which it leaves out unless it says \`test: true\``,
        )
    }
  }
  for (const [name, source] of Object.entries(config.sources)) {
    if (source.kind === 'kafka' && source.sasl !== undefined && !source.group.startsWith(source.sasl.username)) {
      found.push(
        `sources.${name}.group: Rubin admits only groups that start with the user name '${source.sasl.username}'`,
      )
    }
  }
  return found
}

/** Of bridges that report. */
function reportingWarnings(config: Config, kinds: Kinds): string[] {
  return config.bridges.flatMap(({ name, kind, config: settings }): string[] => {
    const bridge = kinds.bridges.get(kind)
    const used = config.subscriptions.filter(({ to }) => to === name)
    const found: string[] = []
    if (bridge?.detail === 'full' && config.archive.keep === 'none')
      found.push(
        `bridges.${name} reports what the alert's packet holds, and archive.keep is 'none': it will refuse every alert`,
      )
    if (bridge?.audience?.(settings) === 'public')
      for (const { name: own, stream, filter, test } of used)
        if (test)
          found.push(
            `subscription '${own ?? stream ?? filter}' to ${name} says \`test: true\`: ${name} is public and refuses every test`,
          )
    return found
  })
}

/** Files are topics of their own, whose names say nothing. */
const topicsOf = (source: SourceConfig): readonly string[] => (source.kind === 'kafka' ? source.topics : [''])

function say(options: Options, { what, ok, text }: Finding): void {
  if (options.json) console.log(JSON.stringify({ what, ok, text }))
  else if (what === 'advice') console.log(`note ${text}`)
  else console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}: ${text}`)
}
