import { z } from 'zod'
import { signedConfig } from '../report-text/signed-config.ts'

export const config = z.strictObject({
  site: z
    .enum(['test', 'gcn'])
    .default('test')
    .describe('whose form is opened: `test` is test.gcn.nasa.gov, for rehearsals; `gcn` is gcn.nasa.gov'),
  ...signedConfig,
})
export type CircularConfig = (typeof config)['_output']
export type Site = CircularConfig['site']

export const siteHosts: Readonly<Record<Site, string>> = { gcn: 'gcn.nasa.gov', test: 'test.gcn.nasa.gov' }
