import { FountainError } from '../errors.ts'
import { compileEncoder, type Encoder } from './encoder.ts'
import { bundledSchema } from './schemas.ts'

/** An encoder of a bundled schema: `lsst`, 1101. Throws SCHEMA_INVALID when there is none. */
export function bundledEncoder(survey: string, schemaId: number): Encoder {
  const schema = bundledSchema(survey, schemaId)
  if (schema === undefined) throw new FountainError('SCHEMA_INVALID', `${survey} ${schemaId} is not bundled.`)
  return compileEncoder(schema)
}
