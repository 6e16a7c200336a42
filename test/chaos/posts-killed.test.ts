import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBlueskyStandIn } from '../servers/bluesky.ts'
import type { HttpServer, Reaction } from '../servers/http.ts'
import { startMastodonStandIn } from '../servers/mastodon.ts'
import { attemptWith, postedItem, postingBridges, postingHost } from './post-story.ts'

const child = fileURLToPath(new URL('./post-child.ts', import.meta.url))
/** Compiling is most of its life. */
const compileCache = fileURLToPath(new URL('../../.cache/compiled', import.meta.url))
/** Each kills a process of its own. */
const rounds = Math.ceil(Math.min(Number(process.env.FOUNTAIN_KILLS ?? 20), 400) / 4)
const longestMs = 42
const networks = ['127.0.0.0/8']
type Kind = keyof typeof postingBridges

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fountain-posts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function world(kind: Kind): Promise<{ server: HttpServer; config: object; posts: () => number }> {
  if (kind === 'mastodon') {
    const server = await startMastodonStandIn()
    const config = { instance: server.url, token: server.token, networks }
    return { server, config, posts: () => server.posts.length }
  }
  const server = await startBlueskyStandIn()
  const { identifier, appPassword } = server
  return {
    server,
    config: { service: server.url, identifier, appPassword, networks },
    posts: () => server.records.length,
  }
}

/** The process, once it is about to post. */
async function begun(kind: Kind, config: object): Promise<ChildProcess> {
  const node = ['--disable-warning=ExperimentalWarning', child, kind, JSON.stringify(config), folder]
  const process_ = spawn(process.execPath, node, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  })
  const [said] = await once(process_.stdout!, 'data')
  expect(`${said}`).toBe('go\n')
  return process_
}

async function killed(process_: ChildProcess): Promise<void> {
  const gone = process_.exitCode === null && process_.signalCode === null ? once(process_, 'exit') : undefined
  process_.kill('SIGKILL')
  await gone
}

/** What the gateway does with a message whose attempt it does not remember the end of (src/deliver/judge.ts). */
async function recovered(kind: Kind, config: object): Promise<'found' | 'posted'> {
  let laterMs = 0
  const bridge = postingBridges[kind]
  const channel = await bridge.open(
    bridge.config.parse(config) as never,
    postingHost(folder, () => Date.now() + laterMs),
  )
  try {
    const message = channel.render([postedItem], {})
    while (message.repeat === 'never') {
      const found = await channel.look!(message.key, attemptWith(message, 1))
      if (found.state === 'sent') return 'found'
      if (found.state === 'lost') break
      if (found.state === 'submitted') laterMs += found.lookAfterMs
    }
    const outcome = await channel.deliver(message, attemptWith(message, 2))
    return outcome.state === 'duplicate' ? 'found' : 'posted'
  } finally {
    await channel.close()
  }
}

describe.each(['mastodon', 'bluesky'] as const)('%s: killed with a post under way', (kind) => {
  it.each([
    ['that the service took without a word', 'swallow', 1, 'found'],
    ['that the service never took', 'hang', 0, 'posted'],
  ] as [string, Reaction, number, string][])('%s', async (_, reaction, took, end) => {
    const { server, config, posts } = await world(kind)
    try {
      const isPost = ({ method, path }: { method: string; path: string }) =>
        method === 'POST' && /statuses$|createRecord$/.test(path)
      // The stand-ins spare what comes before the post itself.
      server.react(reaction)
      const process_ = await begun(kind, config)
      for (const untilMs = Date.now() + 20_000; !server.asked.some(isPost); ) {
        if (Date.now() > untilMs) throw new Error('it never posted')
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      expect(posts()).toBe(took)
      await killed(process_)
      server.react(undefined)
      expect(await recovered(kind, config)).toBe(end)
      expect(posts()).toBe(1)
    } finally {
      await server.stop()
    }
  })

  it('at any moment: there is one post in the end', async () => {
    const seen = { found: 0, posted: 0 }
    for (let round = 0; round < rounds; round++) {
      const { server, config, posts } = await world(kind)
      try {
        const process_ = await begun(kind, config)
        await new Promise((resolve) => setTimeout(resolve, (longestMs * round) / rounds))
        await killed(process_)
        seen[await recovered(kind, config)]++
        expect([round, posts()]).toEqual([round, 1])
      } finally {
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    }
    expect(seen.posted).toBeGreaterThan(0)
  })
})
