/**
 * Items in all lists of one event together, for readers of JSON and Avro: three bytes of JSON can be an item that takes
 * hundreds in memory. (XML has its bound of elements.)
 */
export const mostItems = 250_000
