/** The names of the VOEvent-3 draft. It is a draft of this project: none of them claims to be the IVOA's. */

/** What documents say of their version. */
export const voevent3Version = '3.0-draft'
/** The namespace of the draft's XML, of every element in it. */
export const voevent3Namespace = 'urn:x-fountain:voevent:3.0-draft'
/** `$schema` of the draft's JSON, and `$id` of its JSON Schema. */
export const voevent3JsonSchema = 'urn:x-fountain:voevent:3.0-draft:json'
/** The full name of the draft's Avro record. */
export const voevent3AvroName = 'voevent.v3draft.VOEvent'
