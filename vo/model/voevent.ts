/**
 * The VOEvent data model: what an event says, whatever it is written in.
 *
 * Plain data (structured-clone safe), so that it may cross a thread. XML 2.0 is one serialization of it
 * (`vo/xml/voevent-2.0.ts`). Terms are those of VOEvent 2.0 (IVOA REC 2011-07-11) unless said otherwise.
 */

/** VOEvent 2.0 §3.1. An absent role means `observation`. */
export const roles = ['observation', 'prediction', 'utility', 'test'] as const
export type Role = (typeof roles)[number]

export interface VOEvent {
  /** The event's identifier as written (`ivo://authority/key#local`); compare with `key()` of `vo/ivoid.ts`. */
  readonly ivoid: string
  readonly role: Role
  readonly who?: Who
  readonly what?: What
  /** One location a packet is the rule; moving objects may bring several (VOEvent 2.0 §3.4). */
  readonly whereWhen?: readonly ObsDataLocation[]
  /** Free text and links of WhereWhen as a whole; written only beside `whereWhen`. */
  readonly whereWhenNotes?: Notes
  readonly how?: Notes
  readonly why?: Why
  readonly citations?: Citations
  readonly description?: string
  readonly reference?: Reference
}

/** Free text and links, as How and several other elements have them. */
export interface Notes {
  readonly descriptions: readonly string[]
  readonly references: readonly Reference[]
}

/** VOEvent 2.0 §3.9. */
export interface Reference {
  readonly uri: string
  readonly type?: string
  readonly mimetype?: string
  readonly meaning?: string
}

export interface Who {
  readonly authorIvoid?: string
  /** Creation of the packet, ISO 8601 in UTC. */
  readonly date?: string
  readonly author?: Author
  readonly description?: string
  readonly reference?: Reference
}

export interface Author {
  readonly title?: string
  readonly shortName?: string
  readonly logoUrl?: string
  readonly contactName?: string
  readonly contactEmail?: string
  readonly contactPhone?: string
  readonly contributors?: readonly string[]
}

export interface What {
  readonly params: readonly Param[]
  readonly groups: readonly Group[]
  readonly tables: readonly Table[]
  readonly descriptions: readonly string[]
  readonly references: readonly Reference[]
}

export type DataType = 'string' | 'float' | 'int'

/** What a parameter means, apart from any value it has (the ParamSet of the VOEvent-3 draft is a list of these). */
export interface ParamDefinition {
  readonly name: string
  readonly dataType: DataType
  /** VOUnits; absent for a dimensionless quantity. */
  readonly unit?: string
  readonly ucd?: string
  readonly utype?: string
  readonly description?: string
}

/**
 * A value keeps its type: int64 as bigint, text as string. A document that was read gives strings, so that
 * writing it again changes no digit. `null` is "known to be absent".
 */
export type Value = string | number | bigint | boolean | null

export interface Param {
  readonly definition: ParamDefinition
  readonly value: Value
  readonly references?: readonly Reference[]
}

export interface Group {
  readonly name?: string
  readonly type?: string
  readonly params: readonly Param[]
  readonly descriptions?: readonly string[]
  readonly references?: readonly Reference[]
}

export interface Table {
  readonly name?: string
  readonly type?: string
  readonly descriptions?: readonly string[]
  readonly references?: readonly Reference[]
  readonly params?: readonly Param[]
  readonly fields: readonly ParamDefinition[]
  /** One array of values a row, in the order of `fields`. */
  readonly rows: readonly (readonly Value[])[]
}

export interface ObsDataLocation {
  readonly observatory?: ObservatoryLocation
  /** `UTC-ICRS-TOPO` and its kind: time scale, sky frame, reference position. */
  readonly coordSystem: string
  readonly time?: Time
  readonly position?: Position2D
  readonly position3D?: Position3D
}

export interface ObservatoryLocation {
  readonly id?: string
  readonly coordSystem?: string
  /** Longitude and latitude in degrees, height in metres (UTC-GEOD-TOPO). */
  readonly position3D?: Position3D
  readonly position?: Position2D
  readonly time?: Time
}

export interface Time {
  /** ISO 8601 without a zone, in the scale of the coordinate system. */
  readonly isoTime?: string
  readonly timeOffset?: string
  readonly timeScale?: string
  readonly unit?: string
  readonly error?: number
}

export interface Position2D {
  readonly unit?: string
  readonly name1?: string
  readonly name2?: string
  readonly c1: number
  readonly c2: number
  /** One sigma unless the packet says otherwise, in `unit`. */
  readonly errorRadius?: number
}

export interface Position3D {
  readonly unit?: string
  readonly name1?: string
  readonly name2?: string
  readonly name3?: string
  readonly c1: number
  readonly c2: number
  readonly c3: number
}

export interface Why {
  /** 0 to 1 by VOEvent 2.0 §3.6. */
  readonly importance?: number
  readonly expires?: string
  readonly names: readonly string[]
  readonly concepts: readonly string[]
  readonly inferences: readonly Inference[]
  readonly descriptions: readonly string[]
  readonly references: readonly Reference[]
}

export interface Inference {
  readonly probability?: number
  readonly relation?: string
  readonly names: readonly string[]
  readonly concepts: readonly string[]
  readonly descriptions: readonly string[]
  readonly references: readonly Reference[]
}

export interface Citations {
  readonly events: readonly EventIvoid[]
  readonly description?: string
}

/** A cited event: VOEvent 2.0 §3.7. */
export interface EventIvoid {
  readonly ivoid: string
  readonly cite?: 'followup' | 'supersedes' | 'retraction'
}
