/** What bounds the cost of a filter's text: bytes, values and operations, nesting, values after IN, signs of LIKE. */
export const limits = { bytes: 65_536, nodes: 2_000, depth: 64, listItems: 1_000, patternLength: 256 } as const
