#!/usr/bin/env node
// The `fountain` command of an installed package.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'cli', 'main.ts'))
await import('./node24.mjs')
