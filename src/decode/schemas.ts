/** The writer schemas that come with the gateway, made of the facts in `schemas/<survey>/`. */
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { parseWriterSchema, type WriterSchema } from './decoder.ts'
import { expandSchema, type SchemaFacts, schemaIdOf } from './expand-schema.ts'

const root = new URL('../../schemas/', import.meta.url)
const surveys = new Map<string, ReadonlyMap<number, () => WriterSchema>>()

/** The schema of a survey's version by its registry id (1101 for LSST 11.1); `<survey>-sim` is written as the survey. */
export function bundledSchema(survey: string, id: number): WriterSchema | undefined {
  return schemasOf(survey).get(id)?.()
}

/** The ids that `bundledSchema` knows, in order. */
export function bundledIds(survey: string): readonly number[] {
  return [...schemasOf(survey).keys()].sort((a, b) => a - b)
}

/** The schema by its full name, `lsst.v11_1.alert`; of several versions with one name the newest. */
export function bundledSchemaNamed(name: string): WriterSchema | undefined {
  const survey = name.split('.')[0]!
  return bundledIds(survey)
    .map((id) => bundledSchema(survey, id)!)
    .findLast((schema) => schema.name === name)
}

function schemasOf(name: string): ReadonlyMap<number, () => WriterSchema> {
  const survey = name.replace(/-sim$/, '')
  const known = surveys.get(survey)
  if (known !== undefined) return known
  const schemas = new Map<number, () => WriterSchema>()
  for (const facts of factsOf(survey)) {
    for (const version of facts.versions) {
      const id = schemaIdOf(version)
      let made: WriterSchema | undefined
      schemas.set(id, () => (made ??= parseWriterSchema(JSON.stringify(expandSchema(facts, version)), id)))
    }
  }
  surveys.set(survey, schemas)
  return schemas
}

function factsOf(survey: string): readonly SchemaFacts[] {
  if (!/^[a-z0-9]+$/.test(survey)) return []
  const folder = new URL(`${survey}/`, root)
  let files: string[]
  try {
    files = readdirSync(folder)
  } catch {
    return []
  }
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as SchemaFacts)
}
