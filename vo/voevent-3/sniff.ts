/** Which of the ways to write a VOEvent some bytes are in, by their first 64 KiB. */
import { peekVOEvent } from '../xml/peek.ts'
import { avro3Fingerprint } from './avro-schema.ts'
import { voevent3AvroName, voevent3JsonSchema, voevent3Namespace } from './names.ts'

export type VOEventFormat =
  | 'xml-1.1'
  | 'xml-2.0'
  | 'xml-2.1'
  | 'xml-3'
  | 'json-3'
  | 'avro-3-container'
  | 'avro-3-single'

const farBytes = 65_536
const containerHead = Buffer.from('Obj\u0001', 'latin1')
const singleHead = Buffer.from([0xc3, 0x01, ...avro3Fingerprint])
const avroNamespace = voevent3AvroName.slice(0, voevent3AvroName.lastIndexOf('.'))
const schemaMember = new RegExp(`"\\$schema"[ \\t\\r\\n]*:[ \\t\\r\\n]*"${voevent3JsonSchema.replaceAll('.', '\\.')}"`)

/**
 * Undefined for what is none of them: a bare datum or a message in Confluent's framing says nothing of itself. XML
 * goes by the root's namespace, without a known one by its version attribute, else it is taken for 2.0, as
 * `readVOEvent` does. Whether the rest is in order is for its reader to say. Never throws.
 */
export function voeventFormat(bytes: Uint8Array): VOEventFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, farBytes))
  if (head.subarray(0, singleHead.length).equals(singleHead)) return 'avro-3-single'
  if (head.subarray(0, containerHead.length).equals(containerHead)) {
    return head.includes(avroNamespace, 0, 'latin1') ? 'avro-3-container' : undefined
  }
  const first = /[^ \t\r\n\ufeff]/.exec(head.toString('utf8'))?.[0]
  if (first === '{') return schemaMember.test(head.toString('utf8')) ? 'json-3' : undefined
  return xmlFormat(bytes)
}

function xmlFormat(bytes: Uint8Array): VOEventFormat | undefined {
  const root = peekVOEvent(bytes)
  if (root === undefined) return undefined
  if (root.namespace === voevent3Namespace) return 'xml-3'
  const version =
    /^http:\/\/www\.ivoa\.net\/xml\/VOEvent\/v(1\.1|2\.0|2\.1)$/.exec(root.namespace ?? '')?.[1] ?? root.version
  return version === '1.1' || version === '2.1' ? `xml-${version}` : 'xml-2.0'
}
