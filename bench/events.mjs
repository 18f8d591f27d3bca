/** Sales events with few numbers that repeat: about one in six hundred is of the site `ams` and below the limit. */
export const events = (count) =>
  Array.from({ length: count }, (_, at) => ({
    id: `e-${at}`,
    sku: `sku-${at % 997}`,
    site: at % 500 === 0 ? "ams" : "fra",
    qty: 1 + ((at * 7919) % 100),
    rate: 1 + ((at * 104729) % 120),
    tags: at % 3 === 0 ? ["alpha", "beta", "amber"] : ["beta", "gamma"],
  }));

export const asMessages = (list) =>
  list.map((event) => ({ topic: "in", key: event.id, id: event.id, headers: {}, body: JSON.stringify(event) }));
