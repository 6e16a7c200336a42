/** What only the draft has, outside of WhereWhen: light curves, classifications, attachments, provenance. */
import { classes } from '../model/definition.ts'
import type {
  Attachment,
  Band,
  Classification,
  Inference,
  ParamDefinition,
  Provenance,
  TimeSeries,
  TimeSeriesPoint,
  Value,
} from '../model/voevent.ts'
import type { Account } from './account.ts'
import { definitionOf, numberOrAbsent, paramsOf } from './params-of.ts'

type Keys<T> = readonly (keyof T & string)[]

/** A Table of the points, and one of the bands where there are any. */
export function lowerTimeSeries(series: TimeSeries, path: string, account: Account): void {
  const { points, bands, description, name, ...rest } = series
  const units = series.fluxUnit === undefined ? {} : { unit: series.fluxUnit }
  const ofFlux: readonly string[] = ['flux', 'fluxError', 'limitFlux']
  const own = account.addTable({
    name: name === undefined || name === '' ? 'timeSeries' : name,
    type: 'timeSeries',
    ...(description ? { descriptions: [description] } : {}),
    params: paramsOf('TimeSeries', rest, path, account),
    ...tableOf<TimeSeriesPoint>('TimeSeriesPoint', points, `${path}.points`, account, (definition) =>
      ofFlux.includes(definition.name) ? { ...definition, ...units } : definition,
    ),
  })
  const bandTable =
    bands && bands.length > 0
      ? account.addTable({
          name: `${own}Bands`,
          type: 'bands',
          ...tableOf<Band>('Band', bands, `${path}.bands`, account),
        })
      : undefined
  account.note(
    'moved',
    path,
    `is the Table ${own}${bandTable === undefined ? '' : `, its bands the Table ${bandTable}`}`,
  )
}

/** Fields and rows of a list of parts: a column for each field that any of them has. */
function tableOf<T extends object>(
  className: string,
  items: readonly T[],
  path: string,
  account: Account,
  change: (definition: ParamDefinition) => ParamDefinition = (definition) => definition,
): { fields: ParamDefinition[]; rows: Value[][] } {
  const { fields } = classes[className]!
  const keys = Object.keys(fields).filter((key) => items.some((item) => Object.hasOwn(item, key))) as unknown as Keys<T>
  const columns = keys.map((key) => change(definitionOf(key, fields[key]!)))
  // What is absent is an empty cell: an absent number, or an empty text.
  const absent = columns.map(({ dataType }) => (dataType === 'string' ? '' : null))
  const rows = items.map((item, row) =>
    keys.map((key, i): Value => {
      const value = item[key]
      if (value === undefined) return absent[i]!
      return numberOrAbsent(value, () => `${path}[${row}].${key}`, account) as Value
    }),
  )
  return { fields: columns, rows }
}

/** An Inference for each class; who says so is in its Description. */
export function inferencesOf(classification: Classification, path: string, account: Account): Inference[] {
  const { classifier, version, scheme, date, classes: classesOf } = classification
  const said = [
    `Classifier: ${classifier}`,
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(scheme === undefined ? [] : [`classes of ${scheme}`]),
    ...(date === undefined ? [] : [`at ${date} UTC`]),
  ].join(', ')
  account.note('moved', path, `is ${classesOf.length === 1 ? 'an Inference' : 'Inferences'} of Why`)
  const none = { names: [], concepts: [], references: [] }
  if (classesOf.length === 0) return [{ ...none, descriptions: [said] }]
  return classesOf.map(({ name, concept, probability }) => {
    // The schemas hold a probability to 0 to 1.
    const isProbability = probability !== undefined && probability >= 0 && probability <= 1
    return {
      ...none,
      ...(isProbability ? { probability } : {}),
      names: [name],
      concepts: concept === undefined ? [] : [concept],
      descriptions: [probability === undefined || isProbability ? said : `${said}; probability ${probability}`],
    }
  })
}

/** A Group with a Reference; what has no link cannot be in a packet of XML. */
export function lowerAttachment(
  attachment: Attachment,
  path: string,
  uriOf: ((attachment: Attachment) => string | undefined) | undefined,
  account: Account,
): void {
  const { name, mediaType, description, uri: own, data, ...rest } = attachment
  const uri = own ?? uriOf?.(attachment)
  if (uri === undefined) {
    account.note('dropped', path, 'it has no link')
    return
  }
  const group = account.addGroup({
    name: name === '' ? 'attachment' : name,
    type: 'attachment',
    params: paramsOf('Attachment', rest, path, account),
    ...(description ? { descriptions: [description] } : {}),
    references: [{ uri, mimetype: mediaType }],
  })
  account.note('moved', path, `is the Group ${group} with a Reference`)
  if (data && own !== undefined) account.note('dropped', `${path}.data`, 'the link has it')
}

export function lowerProvenance(provenance: Provenance, account: Account): void {
  const group = account.addGroup({
    name: 'provenance',
    params: paramsOf('Provenance', provenance, 'provenance', account),
  })
  account.note('moved', 'provenance', `is the Group ${group}`)
}
