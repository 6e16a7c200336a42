/** A server with the API on a real store and a real plan, two bridges that send nothing, and users with tokens. */
import { rmSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Bridge } from '../../bridges/contract.ts'
import { parseConfig } from '../../src/config.ts'
import { type OpenedStore, openStore } from '../../src/record/open-store.ts'
import type { Scope } from '../../src/record/people-port.ts'
import type { StartServerOptions } from '../../src/serve/start-server.ts'
import { newToken, scopes } from '../../src/serve/tokens.ts'
import { type DeskStages, draftDesk } from '../../src/wiring/draft-desk.ts'
import type { Kinds } from '../../src/wiring/kinds.ts'
import { type LivePlan, livePlan } from '../../src/wiring/live-plan.ts'
import { newDataDir, silent } from '../record/fixtures.ts'
import { startTestGateway } from './gateway.ts'

const config = z.strictObject({})
const bridge = (
  kind: string,
  address: z.ZodType,
  confirms: boolean,
  accepts: Bridge['accepts'] = 'digest',
): Bridge => ({
  kind,
  config,
  address,
  accepts,
  pictures: [],
  maxInFlight: 1,
  confirms,
  open: async () => {
    throw new Error('nothing is sent in this test')
  },
})
/** `letter` asks its addresses first, as e-mail does; `box` does not; `slot` takes one event a message. */
export const kinds: Kinds = {
  bridges: new Map([
    ['letter', bridge('letter', z.email(), true)],
    ['box', bridge('box', z.strictObject({ shelf: z.int() }), false)],
    ['slot', bridge('slot', z.string(), false, 'event')],
  ]),
  feeds: new Map(),
  schemas: { letter: config, box: config, slot: config },
}

const yaml = (more: string) => `
authority: example.org
streams: { young: { filter: "mag < 18", title: Young } }
bridges: { letter: {}, box: { users: true }, closed: { kind: box }, slot: { users: true } }
${more}`

/** Bridges whose messages are changed by nobody. */
const noDrafting: DeskStages['instances'] = new Map(
  ['letter', 'box', 'slot'].map((kind) => [kind, { bridge: { kind }, channel: {} }]),
)

export interface PeopleGateway {
  readonly store: OpenedStore
  readonly plan: LivePlan
  readonly url: string
  /** The clock of store and server. */
  readonly clock: { nowMs: number }
  readonly reloads: () => number
  /** A user with a token of all scopes that they may have, or of these. */
  user(name: string, more?: { admin?: boolean; scopes?: readonly Scope[]; groups?: readonly string[] }): Promise<string>
  token(user: string, scopes: readonly Scope[], expiresMs?: number): Promise<{ token: string; id: number }>
  call(method: string, path: string, token?: string, body?: unknown): Promise<{ status: number; body: Answer }>
}
// biome-ignore lint/suspicious/noExplicitAny: whatever the server says is looked at by each test
export type Answer = any

export async function startPeopleGateway(
  more: Partial<StartServerOptions> & { configuration?: string; instances?: DeskStages['instances'] } = {},
): Promise<PeopleGateway> {
  const { configuration = 'publicUrl: https://fountain.example.org/', instances = noDrafting, ...options } = more
  const dataDir = newDataDir()
  const clock = { nowMs: Date.UTC(2026, 10, 21) }
  const store = await openStore(dataDir, { log: silent, clock: { now: () => clock.nowMs } })
  onTestFinished(async () => {
    await store.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const parsed = parseConfig(yaml(configuration), kinds.schemas, {}).config
  const plan = await livePlan({ config: parsed, base: '.', kinds, store, log: silent })
  let reloads = 0
  const { server } = await startTestGateway({
    dataDir,
    store,
    clock: { now: () => clock.nowMs, monotonic: () => performance.now() },
    rates: {
      token: { perSecond: 1e6, burst: 1e6 },
      anonymous: { perSecond: 1e6, burst: 1e6 },
      failures: { perSecond: 1e6, burst: 1e6 },
    },
    api: {
      store,
      drafts: draftDesk({
        store,
        instances,
        draftUrl: (token) => `https://fountain.example.org/drafts/${token}`,
        now: () => clock.nowMs,
        wake: () => {},
        cited: () => {},
      }),
      authority: parsed.authority,
      streams: () => [{ name: 'young', title: 'Young', filter: 'mag < 18' }],
      checkFilter: plan.checkFilter,
      checkTarget: plan.checkTarget,
      reload: () => {
        reloads += 1
        return plan.reload()
      },
      wake: () => {},
      now: () => clock.nowMs,
    },
    ...options,
  })
  const token = async (user: string, granted: readonly Scope[], expiresMs: number | null = null) => {
    const made = newToken()
    const id = await store.addToken({ user, name: 'test', hash: made.hash, scopes: granted, expiresMs })
    return { token: made.token, id }
  }
  return {
    store,
    plan,
    url: server.url,
    clock,
    reloads: () => reloads,
    user: async (name, { admin = false, scopes: granted, groups = [] } = {}) => {
      await store.addUser({ name, role: admin ? 'admin' : 'user', email: null })
      for (const group of groups) {
        if ((await store.groups()).every((one) => one.name !== group)) await store.addGroup(group)
        await store.joinGroup(group, name)
      }
      return (await token(name, granted ?? scopes.filter((scope) => admin || scope !== 'admin'))).token
    },
    token,
    call: async (method, path, bearer, body) => {
      const reply = await fetch(server.url + path, {
        method,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      return { status: reply.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text }
    },
  }
}
