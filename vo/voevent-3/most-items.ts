/**
 * Items in all lists of one event together, and elements of its XML: three bytes of JSON can be an item that takes
 * hundreds in memory.
 */
export const mostItems = 250_000
