/** Writes docs/mapping.md: what a mapping file may say, what the tables show, and each survey's mapping as a table. */
import { parse } from 'yaml'
import type { Column } from '../flow.ts'
import { alertColumns } from './alert-columns.ts'
import { type Converter, converters } from './converters.ts'
import { eventTable } from './event-table.ts'
import { movingObjectFields, orbitFields, pointColumns, positionColumns } from './full-mapping.ts'
import { knownSurveys, mappingText } from './load-mapping.ts'
import { type MappingFile, parseMappingFile } from './mapping-schema.ts'

/** The page in Markdown. */
export function describeMappings(): string {
  return [
    introduction,
    '## The table `alert`\n\nThe same for every survey. What a survey does not give is NULL.\n',
    columnTable(alertColumns),
    '## The table `event`\n\nOne row: a VOEvent, from outside or our own. What it does not say is NULL.\n',
    columnTable(eventTable.columns),
    '## Converters\n',
    table(
      ['name', 'inputs', 'gives'],
      Object.entries<Converter>(converters).map(([name, { inputs, says }]) => [
        code(name),
        inputs === 'any' ? 'any, with names' : inputs.length === 1 ? 'one' : inputs.map(code).join(', '),
        says,
      ]),
    ),
    ...knownSurveys().map(describeSurvey),
  ].join('\n')
}

const introduction = `# From an alert to a VOEvent

The file \`schemas/mappings/<survey>.yaml\` says how an alert of a survey becomes columns that filters ask and Params of
a VOEvent. To change what an event says, change that file; it is checked when the gateway starts, and a fault is named
with its line. A new survey is one new file and sample alerts for the tests.

## The survey

| key | |
|---|---|
| \`survey\`, \`title\` | its name, as the file's, and how an event calls it. \`<survey>-sim\` uses the same file, and its events are tests |
| \`schemaName\`, \`oldest\` | a pattern of the names of its schemas, whose groups are major and minor version, and the oldest version. A newer one is read by its names |
| \`observatory\` | \`id\`, \`longitudeDeg\`, \`latitudeDeg\`, \`heightM\` of the ObservatoryLocation |
| \`how\`, \`references\` | Descriptions and References of How |
| \`positionError\` | \`floorArcsec\`, added in quadrature; \`assumedArcsec\`, where there is no error |
| \`exposureS\` | length of an exposure where an alert gives none |
| \`movingWithinArcsec\` | how near a known moving object must be to count as the source |
| \`testWhen\` | fields of which any true makes the event a test |
| \`history\`, \`forced\` | the arrays of earlier detections and of forced photometry |
| \`lightCurve\` | \`name\` and \`describe\` of the light curve, its \`timeScale\`, and \`filters\`: the SVO identifier of each band |
| \`classifications\` | what each score means: \`classifier\`, \`class\`, \`scheme\` |
| \`attachments\` | the images: \`name\`, \`from\`, \`mediaType\`, \`describe\` |
| \`groups\` | the Groups of What in their order, with words |
| \`quantities\` | the rows |

## A row of \`quantities\`

| key | |
|---|---|
| \`to\` | where the value goes, one place or a list: \`alert.<column>\`, \`what.<name>\` (a Param), \`what.<group>.<name>\`, \`whereWhen.isoTime\`, \`history.<column>\`, \`forced.<column>\`; and for events with full detail those of the next section |
| \`from\` | path in the survey's schema; of a list the first that has a value (older names of a field); with names where a converter takes several inputs |
| \`type\` | \`float\` (the default; written with the digits of single precision), \`double\`, \`int\`, \`text\`, \`boolean\` (a Param has 1 or 0) |
| \`unit\`, \`ucd\`, \`utype\` | VOUnits, UCD1+ and utype of the Param; a quantity without dimension has no unit |
| \`convert\` | a converter from the table below |
| \`absent\` | values that stand for nothing: 0 for an identifier, -999, 'null' |
| \`prefix\` | set before the value, which makes a name of it |
| \`detail\` | \`full\`: read for events with full detail alone, so that the others need not decode it |
| \`each\` | \`{ b: [u, g] }\` makes one row a value, with \`{b}\` replaced everywhere |
| \`describe\` | what it is: the Description of the Param |

## Full detail

\`fountain convert --to voevent-3-json\` (or another form of the draft) says all that an alert holds. These places are for it:

| place | columns |
|---|---|
| \`trigger\`, \`history\`, \`forced\`: points of the light curve | ${pointColumns.map((column) => `\`${column}\``).join(', ')}; \`time_mjd\` in the time scale of the light curve |
| \`position\`: errors on the sky | ${positionColumns.map((column) => `\`${column}\``).join(', ')} |
| \`movingObject\` | ${movingObjectFields.map((column) => `\`${column}\``).join(', ')} |
| \`movingObject.orbit\` | ${orbitFields.map((column) => `\`${column}\``).join(', ')} |
| \`classification.<key>\` | \`probability\`, \`version\` |

- A point has the magnitude that the survey gives, else that of its flux where this is more than three sigma. Where it is less the point has the five sigma limit instead; a flux below minus three sigma has neither.
- An item of \`history\` without identifier is a limit (\`nonDetection\`).
- The covariance of the position holds the survey's floor in both directions: its longer axis is \`Error2Radius\`.
- An orbit is there when all its elements are: epoch, size, shape, orientation, phase.
- The Table \`detections\` and the hypothesis of a real source are not there: the light curve and the classifications say more.

## Rules

Rules that hold for every survey and are written nowhere in a file:

- null, NaN, infinities, empty text and what \`absent\` lists are all the same: NULL in a filter, no Param in an event. So is a value of another type than the row's.
- Identifiers are text, never rounded. \`object_id\` is never '0'; a known moving object is \`sso:\` and its designation.
- \`n_detections\` is one and the history where a survey declares no number; \`first_time_mjd_utc\` is the earliest of all that is known.
- \`Error2Radius\` is the longer axis of the error ellipse with the survey's floor in quadrature, one sigma, in degrees. Where the survey gives no error, \`assumedArcsec\` is taken, and the Param \`positionErrorAssumed\` is 1.
- An alert is refused and kept as a dead letter when it has no identifier, a time outside the years 1900 to 2200, or no position.
- Group \`history\` and Table \`detections\` tell of earlier detections in short. \`limitMag\` is the 5 sigma depth of the last visit before the first detection, from forced photometry or declared limits; where there is neither, it is not there.
- The event of a published stream has the columns of its SELECT in a Group of the stream's name and refers to the survey's own event, which says nothing of filters.
- A text is cut after 400 characters, and an event kept below the 99,999 bytes that peers take: the table of detections goes first, then the last columns of the stream, and a Description of What says so.
`

function describeSurvey(survey: string): string {
  const text = mappingText(survey)
  const file = parseMappingFile(text, survey)
  const raw = parse(text) as { quantities: readonly Record<string, unknown>[] }
  return [
    `## ${file.title} (\`${survey}\`)\n`,
    facts(file),
    table(
      ['to', 'from', 'unit', 'ucd', 'convert', ''],
      raw.quantities.map((row) => [
        [row.to].flat().map(code).join(', '),
        sources(row),
        row.unit === undefined ? '' : code(row.unit),
        row.ucd === undefined ? '' : code(row.ucd),
        row.convert === undefined ? '' : code(row.convert),
        String(row.describe),
      ]),
    ),
  ].join('\n')
}

function facts(file: MappingFile): string {
  const { observatory, positionError } = file
  const lines = [
    `Schemas: names that match \`${file.schemaName}\`${file.oldest === undefined ? '' : `, ${file.oldest} and newer`}`,
    `Observatory: ${observatory.id}, longitude ${observatory.longitudeDeg}°, latitude ${observatory.latitudeDeg}°, ${observatory.heightM} m`,
    `Error of the position: floor ${positionError.floorArcsec}", assumed ${positionError.assumedArcsec}" where none is given`,
    ...(file.exposureS > 0 ? [`Exposure where none is given: ${file.exposureS} s`] : []),
    ...(file.movingWithinArcsec > 0
      ? [`A known moving object counts as the source within ${file.movingWithinArcsec}"`]
      : []),
    ...(file.testWhen.length > 0
      ? [`Events are tests where any is true of ${file.testWhen.map(code).join(', ')}`]
      : []),
  ]
  return `${[...lines, ...fullFacts(file)].map((line) => `- ${line}`).join('\n')}\n`
}

function fullFacts({ lightCurve, classifications, attachments }: MappingFile): string[] {
  const bands = Object.entries(lightCurve?.filters ?? {}).map(([band, filter]) => `${band} is ${code(filter)}`)
  return [
    ...(lightCurve === undefined
      ? []
      : [
          `Light curve ${code(lightCurve.name)}: ${lightCurve.describe}; times in ${lightCurve.timeScale}; ${bands.join(', ')}`,
        ]),
    ...Object.entries(classifications).map(
      ([key, { classifier, class: name }]) =>
        `Classification ${code(key)}: the probability of '${name}' by ${classifier}`,
    ),
    ...attachments.map(
      ({ name, from, mediaType, describe }) =>
        `Attachment ${code(name)} (${mediaType}) from ${code(from)}: ${describe}`,
    ),
  ]
}

function sources(row: Record<string, unknown>): string {
  const { from, absent, prefix, each, detail } = row
  const one = (value: unknown): string => [value].flat().map(code).join(' or ')
  const paths =
    typeof from === 'object' && from !== null && !Array.isArray(from)
      ? Object.entries(from)
          .map(([name, value]) => `${name}: ${one(value)}`)
          .join('; ')
      : one(from)
  const notes = [
    ...(prefix === undefined ? [] : [`after ${code(prefix)}`]),
    ...(Array.isArray(absent) ? [`not ${absent.map(code).join(', ')}`] : []),
    ...Object.entries((each ?? {}) as Record<string, readonly unknown[]>).map(
      ([name, values]) => `${name} = ${values.map(String).join(', ')}`,
    ),
  ]
  if (detail === 'full') notes.push('full detail')
  return notes.length === 0 ? paths : `${paths} (${notes.join('; ')})`
}

function columnTable(columns: readonly Column[]): string {
  return table(
    ['column', 'type', 'unit', 'ucd', ''],
    columns.map(({ name, type, unit, ucd, description }) => [
      code(name),
      type,
      unit === undefined ? '' : code(unit),
      ucd === undefined ? '' : code(ucd),
      description ?? '',
    ]),
  )
}

const code = (value: unknown): string => `\`${String(value)}\``

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}
