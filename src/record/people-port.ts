/** The part of the store's door that knows people: users, groups, tokens, and what they made by the API. Plain data. */
import type { SubscriptionState } from './port.ts'

export type Scope = 'read' | 'filters' | 'subscriptions' | 'deliveries' | 'drafts' | 'admin'
export type UserRole = 'admin' | 'user'

export interface UserLine {
  readonly name: string
  readonly email: string | null
  readonly role: UserRole
  readonly groups: readonly string[]
  readonly createdMs: number
  readonly disabledMs: number | null
}

export interface TokenLine {
  readonly id: number
  readonly user: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdMs: number
  readonly expiresMs: number | null
  readonly revokedMs: number | null
  /** Written at most once a minute. */
  readonly usedMs: number | null
}

export interface NewToken {
  readonly user: string
  readonly name: string
  /** SHA-256 of the token: the token itself never comes here. */
  readonly hash: Uint8Array
  readonly scopes: readonly Scope[]
  readonly expiresMs: number | null
}

/** Whom a token stands for. */
export interface Identity {
  readonly tokenId: number
  readonly hash: Uint8Array
  readonly user: string
  readonly role: UserRole
  readonly groups: readonly string[]
  readonly scopes: readonly Scope[]
  readonly usedMs: number | null
}

/** Who asks: a user sees what is theirs and their groups'; `null` is an operator, who sees all. */
export type Viewer = { readonly user: string } | null
/** Newest first: before this id, at most so many. */
export interface Page {
  readonly limit: number
  readonly beforeId?: number
}

export interface UserFilter {
  readonly id: number
  /** `<owner>/<what the owner calls it>`: no name of the configuration has a slash. */
  readonly name: string
  readonly owner: string
  readonly group: string | null
  /** Everybody may read it and subscribe to it. */
  readonly public: boolean
  readonly createdMs: number
  readonly endedMs: number | null
  /** The text in force: the newest version. */
  readonly text: string
  readonly versionId: number
  readonly versions: number
}
export interface UserFilterVersion {
  readonly id: number
  readonly text: string
  readonly createdMs: number
}

export interface UserSubscription {
  readonly id: number
  /** `<owner>/<what the owner calls it>`. */
  readonly name: string
  readonly owner: string
  readonly group: string | null
  /** As the API took it; checked again before it is used. */
  readonly definition: unknown
  readonly createdMs: number
  readonly endedMs: number | null
  readonly state: SubscriptionState
  /** Of its address: when somebody there said yes to the owner, and why nothing is sent to it any more. */
  readonly confirmedMs: number | null
  readonly suppressedMs: number | null
  readonly suppressedReason: string | null
  /** Null for one to a stream. False: its owner may read that filter no longer, or it has ended. */
  readonly filterReadable: boolean | null
}

export interface AskedAddress {
  readonly bridge: string
  readonly address: unknown
  /** The user whose subscription asked: nobody else may send there by it. */
  readonly owner: string
  readonly confirmed: boolean
}
export interface AddressLine {
  readonly bridge: string
  readonly address: unknown
  readonly askedMs: number | null
  /** Users to whom somebody there said yes. */
  readonly confirmedFor: readonly string[]
  readonly suppressedMs: number | null
  readonly suppressedReason: string | null
}

/** Commands that name somebody or something unknown throw NOT_FOUND; names given twice NAME_TAKEN; more than a user may have TOO_MANY. */
export interface People {
  addUser(user: { name: string; role: UserRole; email: string | null }): Promise<void>
  /** Their tokens stop working, their filters and subscriptions rest. */
  setUserDisabled(name: string, disabled: boolean): Promise<void>
  users(): Promise<readonly UserLine[]>

  addGroup(name: string): Promise<void>
  joinGroup(group: string, user: string): Promise<void>
  leaveGroup(group: string, user: string): Promise<void>
  groups(): Promise<readonly { readonly name: string; readonly members: readonly string[] }[]>

  addToken(token: NewToken): Promise<number>
  revokeToken(id: number): Promise<void>
  tokens(user?: string): Promise<readonly TokenLine[]>
  /** Null for a token that is unknown, revoked or expired, or whose user is disabled. */
  tokenByHash(hash: Uint8Array, nowMs: number): Promise<Identity | null>
  tokenUsed(id: number, nowMs: number): Promise<void>
  /**
   * The user `admin` has the token whose hash lies in the data directory: an earlier one of that file works no more.
   * One that was revoked stays so.
   */
  adoptAdminToken(hash: Uint8Array): Promise<void>

  makeFilter(filter: {
    owner: string
    name: string
    group: string | null
    public: boolean
    text: string
  }): Promise<number>
  /** A text that differs becomes a new version. */
  changeFilter(id: number, change: { text?: string; group?: string | null; public?: boolean }): Promise<void>
  endFilter(id: number): Promise<void>
  /** Those that a viewer may read: theirs, their groups' and public ones. */
  userFilters(viewer: Viewer, page: Page): Promise<readonly UserFilter[]>
  userFilter(id: number, viewer: Viewer): Promise<UserFilter | null>
  userFilterVersions(id: number): Promise<readonly UserFilterVersion[]>

  makeSubscription(subscription: {
    owner: string
    name: string
    group: string | null
    definition: unknown
  }): Promise<number>
  changeSubscription(id: number, change: { definition?: unknown; group?: string | null }): Promise<void>
  endSubscription(id: number): Promise<void>
  userSubscriptions(viewer: Viewer, page: Page): Promise<readonly UserSubscription[]>
  userSubscription(id: number, viewer: Viewer): Promise<UserSubscription | null>

  /** What the plan is made of: filters and subscriptions that have not ended and whose owner is not disabled. */
  inForce(): Promise<{ readonly filters: readonly UserFilter[]; readonly subscriptions: readonly UserSubscription[] }>
  /** Which of these deliveries a viewer may see and change. */
  visibleDeliveries(ids: readonly number[], viewer: Viewer): Promise<readonly number[]>
  /** Names of subscriptions and filters (as the ledger counts them) that are a viewer's. */
  ownNames(viewer: Viewer): Promise<{ readonly subscriptions: readonly string[]; readonly filters: readonly string[] }>
}
