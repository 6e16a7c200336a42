/** What mutants of the draft's XML are made of. */
import { classes } from '../../../vo/model/definition.ts'
import { voevent3Namespace } from '../../../vo/voevent-3/names.ts'
import type { Stock } from '../mutate-tree.ts'

// biome-ignore format: a stock of words
const values = [
  '', ' ', '0', '1', '-1', '0.5', '1.', '.5', '.', '+1', '1e5', '1E400', 'INF', '+INF', 'NaN', 'nan', '0x1', '1 2', '\u00a01', 'true', 'True',
  '9007199254740991', '9007199254740992', '-9007199254740992', '99999999999999999999', 'AAAA', 'AA==', 'AB==', 'A=A=', 'AA A=', 'A===', 'AAE=', 'AAF=',
  'test', 'Test', 'string', 'float', 'int', 'boolean', 'followup', 'moc', 'detection', '3.0-draft', '2.0', 'x', 'é', '<&>',
] // prettier-ignore
export const draftStock: Stock = {
  elements: [
    ...new Set(Object.values(classes).flatMap(({ fields }) => Object.keys(fields))),
    'v',
    'paramSets',
    'VOEvent',
    'x',
  ],
  attributes: [
    ...new Set(Object.values(classes).flatMap(({ fields }) => Object.keys(fields))),
    'set',
    'nil',
    'index',
    'version',
    'x',
  ],
  values,
  namespaces: ['', 'urn:other', voevent3Namespace],
}
/** What no XSD can say: that an id is a hash, how many values there are, and that an empty one is empty. */
export const beyondXsd = ['VOE3_PARAM_SET_HASH', 'VOE3_PARAM_LIST', 'VOE3_VALUE']
