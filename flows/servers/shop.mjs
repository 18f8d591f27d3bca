// The shop of flows/fulfilment: a shelf, a till and a carrier. Whoever asks decides under which key, so each write here
// happens once. An undo succeeds too where there is nothing to undo.

const shelf = new Map([["kettle", 20], ["lamp", 5], ["mug", 100]]);
/** Reservation → what it holds; charge → cents. */
const reserved = new Map();
const charged = new Map();
const parcels = [];
let last = 0;
const next = (prefix) => `${prefix}-${(last += 1)}`;

const text = (value) => typeof value === "string" && value !== "";
const count = (value) => Number.isInteger(value) && value > 0;

function reserve({ order, sku, units }) {
  if (!text(order) || !text(sku) || !count(units)) return [400, { message: "expected { order, sku, units }" }];
  const there = shelf.get(sku) ?? 0;
  if (there < units) return [422, { reason: `${there} of ${sku} left` }];
  shelf.set(sku, there - units);
  const reservation = next("r");
  reserved.set(reservation, { order, sku, units });
  return [200, { reservation }];
}

function release({ reservation }) {
  if (!text(reservation)) return [400, { message: "expected { reservation }" }];
  const held = reserved.get(reservation);
  if (held !== undefined) shelf.set(held.sku, shelf.get(held.sku) + held.units);
  return [200, { released: reserved.delete(reservation) }];
}

function charge({ order, customer, cents }) {
  if (!text(order) || !text(customer) || !count(cents)) return [400, { message: "expected { order, customer, cents }" }];
  if (cents > 50_000) return [422, { reason: `the card of ${customer} does not cover ${cents} cents` }];
  const id = next("c");
  charged.set(id, cents);
  return [200, { charge: id }];
}

function refund({ charge: id }) {
  if (!text(id)) return [400, { message: "expected { charge }" }];
  return [200, { refunded: charged.delete(id) }];
}

function ship({ order, city, packing }) {
  if (!text(order) || !text(city) || !text(packing)) return [400, { message: "expected { order, city, packing }" }];
  if (city === "Atlantis") return [422, { reason: `no road leads to ${city}` }];
  const parcel = next("p");
  parcels.push({ parcel, order, city, packing });
  return [200, { parcel }];
}

export const shopWrites = { "/reservations": reserve, "/releases": release, "/charges": charge, "/refunds": refund, "/parcels": ship };

/** `units` are reserved, `cents` are in the till. */
export const shopReads = {
  "/shop": () => ({ parcels, units: [...reserved.values()].reduce((sum, { units }) => sum + units, 0), cents: [...charged.values()].reduce((sum, cents) => sum + cents, 0) }),
};
