/** The Avro schema of the draft as it is published. */
import { avro3Schema } from '../../vo/voevent-3/avro-schema.ts'

/** The text of `schemas/voevent-3/voevent-3.avsc`. */
export function avroSchemaFile(): string {
  return `${JSON.stringify(avro3Schema(true), null, 2)}\n`
}
