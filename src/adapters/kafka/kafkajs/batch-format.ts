/** Where fields of a batch of records stand, in bytes from its beginning (format 2, https://kafka.apache.org/documentation/#recordbatch). */
export const LENGTH_AT = 8;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const RECORDS_AT = 61;
/** The number of this format. */
export const MAGIC = 2;
