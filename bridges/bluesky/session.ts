/**
 * The session at the service. Making one costs of a small allowance (30 in 5 minutes, 300 or fewer a day), so it is
 * kept across restarts in a file that nobody else may read, and refreshed as long as that goes.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeliveryError, type Host } from '../contract.ts'
import { type Call, call, type Fields, type Service, XrpcRefusal } from './xrpc.ts'

export interface Session {
  readonly did: string
  readonly accessJwt: string
  readonly refreshJwt: string
}
export interface Login extends Service {
  readonly identifier: string
  readonly appPassword: string
}
type Request = Omit<Call, 'token' | 'secrets' | 'signal' | 'nowMs'>
export interface Ask {
  readonly signal: AbortSignal
  readonly nowMs: number
  /** False for a `check`, perhaps beside a running gateway: it writes nothing and uses up no kept token. */
  readonly keep: boolean
}

export class Sessions {
  readonly #host: Host
  readonly #login: Login
  #session: Session | undefined
  #kept: Session | undefined
  #folder: string | undefined
  /** One login or refresh at a time: a refresh token counts once. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(host: Host, login: Login) {
    this.#host = host
    this.#login = login
  }

  /** A call in the account's name. Throws DeliveryError. */
  async call(ask: Ask, make: (did: string) => Request): Promise<Fields> {
    const first = await this.#inTurn(() => this.#current(ask))
    try {
      return await this.#request(ask, make(first.did), first.accessJwt)
    } catch (error) {
      if (!isStale(error)) throw error
    }
    const next = await this.#inTurn(() => this.#renewed(first, ask))
    try {
      return await this.#request(ask, make(next.did), next.accessJwt)
    } catch (error) {
      if (!isStale(error)) throw error
      const { status, code, reply } = error
      throw new XrpcRefusal(status, code, 'halt', 'no', `${reply}; the service takes no token of a new session`)
    }
  }

  #request({ signal, nowMs }: Ask, request: Request, token?: string): Promise<Fields> {
    const { appPassword } = this.#login
    const { accessJwt = '', refreshJwt = '' } = this.#session ?? {}
    const secrets = [appPassword, accessJwt, refreshJwt, token ?? ''].filter((secret) => secret !== '')
    const known = token === undefined ? {} : { token }
    return call(this.#host.http, this.#login, { ...request, ...known, secrets, signal, nowMs })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const acted = this.#turn.then(act, act)
    this.#turn = acted.catch(() => {})
    return acted
  }

  async #current(ask: Ask): Promise<Session> {
    this.#session ??= this.#kept = this.#read()
    this.#session ??= await this.#made(ask)
    return this.#noted(this.#session, ask)
  }

  async #renewed(stale: Session, ask: Ask): Promise<Session> {
    const since = this.#session
    if (since !== undefined && since.accessJwt !== stale.accessJwt) return since
    if (ask.keep) {
      try {
        const fields = await this.#request(ask, { method: 'com.atproto.server.refreshSession' }, stale.refreshJwt)
        return this.#noted((this.#session = sessionOf(fields)), ask)
      } catch (error) {
        // Too old, used before, or revoked with its app password: the login tells which.
        if (!(error instanceof XrpcRefusal) || error.kind === 'retry') throw error
      }
    }
    return this.#noted((this.#session = await this.#made(ask)), ask)
  }

  async #made(ask: Ask): Promise<Session> {
    const { identifier, appPassword: password } = this.#login
    try {
      const json = { identifier, password }
      return sessionOf(await this.#request(ask, { method: 'com.atproto.server.createSession', json }))
    } catch (error) {
      // A login that is wrong is wrong for every post.
      if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
      throw new DeliveryError('halt', 'no', error.reply)
    }
  }

  /** Of this service and account, else none. */
  #read(): Session | undefined {
    try {
      const { service, identifier, ...session } = JSON.parse(readFileSync(this.#path(), 'utf8')) as Fields
      return service === this.#login.service && identifier === this.#login.identifier ? sessionOf(session) : undefined
    } catch {
      return undefined
    }
  }

  #noted(session: Session, { keep }: Ask): Session {
    if (!keep || session === this.#kept) return session
    const { service, identifier } = this.#login
    try {
      const path = this.#path()
      writeFileSync(`${path}.new`, JSON.stringify({ service, identifier, ...session }), { mode: 0o600, flush: true })
      renameSync(`${path}.new`, path)
      this.#kept = session
    } catch (error) {
      this.#host.log.warn({ why: (error as Error).message }, 'the session cannot be kept: a restart makes a new one')
    }
    return session
  }

  #path(): string {
    this.#folder ??= this.#host.folder()
    return join(this.#folder, 'session.json')
  }
}

function isStale(error: unknown): error is XrpcRefusal {
  return error instanceof XrpcRefusal && (error.code === 'ExpiredToken' || error.code === 'InvalidToken')
}

function sessionOf({ did, accessJwt, refreshJwt }: Fields): Session {
  if (
    typeof did === 'string' &&
    /^did:[a-z]+:[\w.:%-]{1,256}$/.test(did) &&
    isToken(accessJwt) &&
    isToken(refreshJwt)
  ) {
    return { did, accessJwt, refreshJwt }
  }
  throw new DeliveryError('retry', 'no', 'the service gave no session that can be used')
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{8,5000}$/.test(value)
}
