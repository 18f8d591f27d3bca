import { BlockList, isIP } from "node:net";

/**
 * Addresses that lead back into the own machine or network, or nowhere (IANA special-purpose registries, RFC 6890):
 * loopback, RFC 1918, link-local with the clouds' metadata, carrier-grade NAT, ULA, multicast, documentation.
 */
const PRIVATE: readonly string[] = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
  "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  // Unspecified, loopback and the retired IPv4-compatible form are all in ::/96; Teredo, 6to4 and the translated form wrap an IPv4 address.
  "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
];

const blocked = new BlockList();
for (const range of PRIVATE) {
  const [net = "", bits] = range.split("/");
  blocked.addSubnet(net, Number(bits), net.includes(":") ? "ipv6" : "ipv4");
}

/** NAT64 and the mapped form carry an IPv4 address in their last 32 bits: that is what is reached. */
const nat64 = new BlockList();
nat64.addSubnet("64:ff9b::", 96, "ipv6");
nat64.addSubnet("::ffff:0:0", 96, "ipv6");

/** `address` is an IP address, perhaps with a zone (`fe80::1%eth0`). Anything else counts as private. */
export function isPrivateAddress(address: string): boolean {
  const [ip = ""] = address.split("%");
  const family = isIP(ip);
  if (family === 0) return true;
  if (family === 4) return blocked.check(ip, "ipv4");
  return nat64.check(ip, "ipv6") ? blocked.check(last32Bits(ip), "ipv4") : blocked.check(ip, "ipv6");
}

function last32Bits(ip: string): string {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(ip)?.[1];
  if (dotted !== undefined) return dotted;
  const groups = new URL(`http://[${ip}]`).hostname.slice(1, -1).split(":").slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group === "" ? "0" : group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
