/** What an instance allows and who the account is: asked by `check`, before anything is rendered. */
import { DeliveryError, type Host } from '../contract.ts'
import { oneLine } from '../words.ts'
import { call, type Fields, type MastodonSettings } from './api.ts'

/** Of `configuration` in `GET /api/v2/instance`. */
export interface InstanceLimits {
  readonly characters: number
  /** Any URL counts as so many. */
  readonly charactersPerUrl: number
  readonly pictures: number
  readonly pictureBytes: number
  readonly pictureTypes: readonly string[]
  readonly altCharacters: number
}
export interface Account {
  readonly id: string
  readonly name: string
  readonly bot: boolean
}

/** Those of Mastodon itself, before the instance was asked and where it is silent. */
export const usualLimits: InstanceLimits = {
  characters: 500,
  charactersPerUrl: 23,
  pictures: 4,
  pictureBytes: 16 * 1_048_576,
  pictureTypes: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
  altCharacters: 1500,
}

type Ask = { readonly signal: AbortSignal; readonly nowMs: number }

/** Throws DeliveryError: `halt` where the token or the address is wrong. */
export async function readInstance(http: Host['http'], settings: MastodonSettings, ask: Ask): Promise<InstanceLimits> {
  const { fields } = await call(http, settings, { method: 'GET', path: '/api/v2/instance', ...ask })
  const { statuses, media_attachments: media } = part(fields, 'configuration') as Record<string, unknown>
  if (typeof statuses !== 'object' || statuses === null) {
    throw new DeliveryError(
      'halt',
      'no',
      'GET /api/v2/instance: no limits in it; this bridge needs Mastodon 4 or later',
    )
  }
  const [post, picture] = [statuses as Fields, (media ?? {}) as Fields]
  const types = picture.supported_mime_types
  return {
    characters: count(post.max_characters, usualLimits.characters),
    charactersPerUrl: count(post.characters_reserved_per_url, usualLimits.charactersPerUrl),
    pictures: count(post.max_media_attachments, usualLimits.pictures),
    pictureBytes: count(picture.image_size_limit, usualLimits.pictureBytes),
    pictureTypes: Array.isArray(types) ? types.map(String) : usualLimits.pictureTypes,
    altCharacters: count(picture.description_limit, usualLimits.altCharacters),
  }
}

/** The token's account. Throws DeliveryError. */
export async function readAccount(http: Host['http'], settings: MastodonSettings, ask: Ask): Promise<Account> {
  const { fields } = await call(http, settings, { method: 'GET', path: '/api/v1/accounts/verify_credentials', ...ask })
  const { id, acct, bot } = fields
  if (typeof id !== 'string' || !/^\w{1,40}$/.test(id)) {
    throw new DeliveryError('retry', 'no', 'GET /api/v1/accounts/verify_credentials: no account in the answer')
  }
  return { id, name: oneLine(String(acct), 80), bot: bot === true }
}

/** Which scopes the token's application has, where the instance tells (Mastodon 4.3); undefined elsewhere. */
export async function readScopes(
  http: Host['http'],
  settings: MastodonSettings,
  ask: Ask,
): Promise<readonly string[] | undefined> {
  const { fields } = await call(http, settings, {
    method: 'GET',
    path: '/api/v1/apps/verify_credentials',
    allowed: [403, 404],
    ...ask,
  })
  return Array.isArray(fields.scopes) ? fields.scopes.map(String) : undefined
}

function part(fields: Fields, name: string): Fields {
  const value = fields[name]
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : otherwise
}
