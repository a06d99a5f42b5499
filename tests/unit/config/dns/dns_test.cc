#include "tests/unit/config/loading.h"

// What is wrong with `dns` and with listeners of protocol: dns.
namespace headgate::config {
namespace {

constexpr std::string_view kNames = "listeners: { names: { bind: 127.0.0.1:53, protocol: dns, zones: z.example } }\n";
constexpr std::string_view kPools =
    "pools: { app: { backends: [10.0.0.1:80] } }\nregions: { eu: { addresses: [192.0.2.1] } }\n";

std::string without_file(const std::string& text) {
  constexpr std::string_view kFile = "/none/hg.yaml:";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    std::string line = text.substr(at, end - at);
    if (line.starts_with(kFile)) line.erase(0, kFile.size());
    out += line;
    at = end;
  }
  return out;
}

/// Of a file with a listener in line 1, a pool and a region in 2 and 3, and `names` in line 5.
std::string wrong_names(std::string_view names) {
  return without_file(problems_of(std::string(kNames) + std::string(kPools) +
                                  "dns: { zones: { z.example: { ns: ns.other.example, names:\n" + std::string(names) +
                                  "\n} } }\n"));
}

/// The same with `zones` in line 2.
std::string wrong_zones(std::string_view zones) {
  return without_file(problems_of(std::string(kNames) + "dns: { zones: " + std::string(zones) + " }\n"));
}

std::string wrong_listener(std::string_view keys) {
  return without_file(problems_of("listeners: { names: { bind: 127.0.0.1:53, " + std::string(keys) +
                                  " } }\ndns: { zones: { z.example: { ns: ns.other.example } } }\n"));
}

TEST(Dns, IsReadAsWritten) {
  const Config config = config_of(
      "listeners: { names: { bind: 127.0.0.1:53, protocol: dns, zones: [GSLB.example.com.] } }\n" +
      std::string(kPools) +
      "dns:\n"
      "  zones:\n"
      "    gslb.Example.com:\n"
      "      ns: [ns1.gslb.example.com, NS2.example.com.]\n"
      "      admin: dns.admin@example.com\n"
      "      ttl: 20s\n"
      "      names:\n"
      "        www: { pool: app, ttl: 10s, txt: hello }\n"
      "        \"@\": { pool: app, mx: [10 mail.example.com, 20 .], caa: '128 issue \"letsencrypt.org; a=b\"' }\n"
      "        static: { a: [192.0.2.1], aaaa: [], txt: [] }\n"
      "        \"*.wild\": { cname: www.example.net }\n"
      "        child.gslb.example.com.: { ns: [ns.elsewhere.example, ns.child.gslb.example.com] }\n"
      "        _sip._tcp: { srv: 0 5 5060 sip.example.com }\n"
      "  rate_limit: 200/s\n"
      "  slip: 3\n"
      "  version: none of yours\n"
      "  query_log: true\n");
  EXPECT_EQ(config.listeners[0].protocol, Protocol::kDns);
  EXPECT_EQ(config.listeners[0].zones, std::vector<std::string>{"gslb.example.com"});
  EXPECT_EQ(config.dns.responses_per_second, 200);
  EXPECT_EQ(config.dns.slip, 3u);
  EXPECT_EQ(config.dns.version, "none of yours");
  EXPECT_TRUE(config.dns.query_log);
  ASSERT_EQ(config.dns.zones.size(), 1u);
  const DnsZone& zone = config.dns.zones[0];
  EXPECT_EQ(zone.name, "gslb.example.com");
  EXPECT_EQ(zone.ns, (std::vector<std::string>{"ns1.gslb.example.com", "ns2.example.com"}));
  EXPECT_EQ(zone.admin, "dns\\.admin.example.com");
  EXPECT_EQ(zone.ttl, 20s);
  EXPECT_EQ(zone.failing_ttl, 5s);
  ASSERT_EQ(zone.names.size(), 6u);
  EXPECT_EQ(zone.names[0].name, "www.gslb.example.com");
  EXPECT_EQ(zone.names[0].pool, "app");
  EXPECT_EQ(zone.names[0].ttl, 10s);
  EXPECT_EQ(zone.names[0].txt, std::vector<std::string>{"hello"});
  EXPECT_EQ(zone.names[1].name, "gslb.example.com");
  EXPECT_EQ(zone.names[1].mx, (std::vector<DnsMx>{{10, "mail.example.com"}, {20, "."}}));
  EXPECT_EQ(zone.names[1].caa, (std::vector<DnsCaa>{{true, "issue", "letsencrypt.org; a=b"}}));
  EXPECT_EQ(zone.names[2].a.size(), 1u);
  EXPECT_EQ(zone.names[3].name, "*.wild.gslb.example.com");
  EXPECT_EQ(zone.names[3].cname, "www.example.net");
  EXPECT_EQ(zone.names[4].name, "child.gslb.example.com");
  EXPECT_EQ(zone.names[5].srv, (std::vector<DnsSrv>{{0, 5, 5060, "sip.example.com"}}));
}

TEST(Dns, AShortTtlIsNotMadeLongerByFailing) {
  const Config config =
      config_of(std::string(kNames) + "dns: { zones: { z.example: { ns: ns.other.example, ttl: 2s } } }\n");
  EXPECT_EQ(config.dns.zones[0].failing_ttl, 2s);
  EXPECT_EQ(wrong_zones("{ z.example: { ns: ns.other.example, ttl: 2s, failing_ttl: 3s } }"),
            "2:74: dns.zones.z.example.failing_ttl: is longer than the zone's ttl; what fails is to be remembered less "
            "long\n");
}

TEST(Dns, ZonesNeedServersThatResolversCanFind) {
  EXPECT_EQ(wrong_zones("{ z.example: {} }"),
            "2:28: dns.zones.z.example.ns: is required: which servers answer for the zone, as [ns1.z.example, "
            "ns2.z.example]; in their parent zone they stand too\n");
  EXPECT_EQ(wrong_zones("{ z.example: { ns: [ns1, ns1.z.example, NS1.z.example.] } }"),
            "2:35: dns.zones.z.example.ns[0]: 'ns1' is a single label; names here are whole, as www.example.com (a dot "
            "at its end says that it is whole: 'ns1.')\n"
            "2:55: dns.zones.z.example.ns[2]: stands here twice\n");
}

TEST(Dns, ZonesStandOnceAndHaveNames) {
  EXPECT_EQ(wrong_zones("{ z.example: { ns: a.b }, Z.example.: { ns: a.b }, 'a..b': {}, '*.b': {}, 'a b': {} }"),
            "2:53: dns.zones.Z.example.: z.example stands in line 2 already\n"
            "2:74: dns.zones.a..b: 'a..b' has an empty label: two dots, or one at its beginning\n"
            "2:85: dns.zones.*.b: '*.b' has a '*', and wildcards are for keys of `names`\n"
            "2:96: dns.zones.a b: 'a b' has a label 'a b', which is not of letters, digits, '-' and '_'\n");
}

TEST(Dns, TimesAreWholeSecondsToAWeek) {
  const auto ttl = [](std::string_view value) {
    return wrong_zones("{ z.example: { ns: a.b, ttl: " + std::string(value) + " } }");
  };
  for (const char* good : {"0s", "1s", "7d", "2000ms"}) EXPECT_EQ(ttl(good), "") << good;
  EXPECT_EQ(ttl("1500ms"), "2:44: dns.zones.z.example.ttl: must be whole seconds: DNS counts in them\n");
  EXPECT_EQ(ttl("169h"), "2:44: dns.zones.z.example.ttl: must be from 0s to 7d, is 169h\n");
}

TEST(Dns, FilesAndKeysAreThere) {
  TempFolder folder;
  const std::string open = folder.write("open.key", "k", 0644);
  const std::string closed = folder.write("closed.key", "k", 0600);
  const std::string zone = folder.write("z.zone", "");
  EXPECT_EQ(wrong_zones("{ z.example: { file: " + zone + ", dnssec: { key: " + closed + " } } }"), "");
  EXPECT_NE(wrong_zones("{ z.example: { file: none.zone } }").find("open /none/none.zone: No such file"),
            std::string::npos);
  EXPECT_NE(wrong_zones("{ z.example: { file: " + folder.path() + " } }").find("is not a regular file"),
            std::string::npos);
  EXPECT_NE(wrong_zones("{ z.example: { ns: a.b, dnssec: { key: " + open + " } } }").find("dnssec.key: "),
            std::string::npos);
  EXPECT_NE(wrong_zones("{ z.example: { ns: a.b, dnssec: {} } }").find("dnssec.key: is required"), std::string::npos);
}

TEST(Dns, NamesAreBelowTheirZone) {
  EXPECT_EQ(wrong_names("{ '@': { a: 192.0.2.1 }, www: { a: 192.0.2.1 }, '*': { a: 192.0.2.1 }, "
                        "deep.down.z.example.: { a: 192.0.2.1 } }"),
            "");
  EXPECT_EQ(wrong_names("{ www.z.example: { a: 192.0.2.1 } }"),
            "5:18: dns.zones.z.example.names.www.z.example: names here are below the zone already: write 'www', or "
            "'www.z.example.' with a dot at its end\n");
  EXPECT_EQ(wrong_names("{ www.y.example.: { a: 192.0.2.1 } }"),
            "5:19: dns.zones.z.example.names.www.y.example.: 'www.y.example.' is not in the zone z.example\n");
  EXPECT_EQ(wrong_names("{ www: { a: 192.0.2.1 }, WWW.z.example.: { a: 192.0.2.1 } }"),
            "5:42: dns.zones.z.example.names.WWW.z.example.: www.z.example stands in line 5 already\n");
  for (const char* bad : {"a.*.b", "'a*'", "'a..b'", "'.'", "'ü'", "'a b'"}) {
    EXPECT_NE(wrong_names("{ " + std::string(bad) + ": { a: 192.0.2.1 } }"), "") << bad;
  }
}

TEST(Dns, NamesAreBounded) {
  const std::string label(63, 'a');
  EXPECT_EQ(wrong_names("{ " + label + ": { a: 192.0.2.1 } }"), "");
  EXPECT_NE(wrong_names("{ " + label + "a: { a: 192.0.2.1 } }").find("has a label of 64 bytes"), std::string::npos);
  // 253 bytes are the most, and ".z.example" has ten of them.
  const std::string longest = label + "." + label + "." + label + "." + std::string(51, 'b');
  EXPECT_EQ(wrong_names("{ " + longest + ": { a: 192.0.2.1 } }"), "");
  EXPECT_NE(wrong_names("{ " + longest + "b: { a: 192.0.2.1 } }").find("it is 254 bytes long"), std::string::npos);
}

TEST(Dns, RecordsOfANameGoTogether) {
  const std::string at = ": dns.zones.z.example.names.";
  EXPECT_EQ(wrong_names("{ x: {} }"), "5:6" + at +
                                          "x: has no record: a name has a pool, or one at least of a, aaaa, txt, "
                                          "cname, ns, mx, srv and caa\n");
  EXPECT_EQ(wrong_names("{ x: { cname: www.z.example, a: 192.0.2.1 } }"),
            "5:6" + at + "x: a cname stands alone at its name (RFC 1034 section 3.6.2)\n");
  EXPECT_EQ(wrong_names("{ x: { cname: www.z.example, pool: app } }"),
            "5:6" + at + "x: a cname stands alone at its name (RFC 1034 section 3.6.2)\n");
  EXPECT_EQ(wrong_names("{ x: { cname: X.z.example } }"), "5:6" + at + "x: its cname is itself\n");
  EXPECT_EQ(wrong_names("{ '@': { cname: www.z.example } }"),
            "5:8" + at + "@: there can be no cname at a zone's own name (RFC 1034 section 3.6.2); a pool can be\n");
  EXPECT_EQ(wrong_names("{ '@': { ns: ns.z.example } }"),
            "5:8" + at + "@: the servers of z.example itself are the `ns` of the zone\n");
  EXPECT_EQ(wrong_names("{ x: { pool: app, aaaa: '2001:db8::1' } }"),
            "5:6" + at + "x: has a pool, whose regions' addresses are its a and aaaa; it cannot have both\n");
  EXPECT_EQ(wrong_names("{ x: { pool: app, txt: beside } }"), "");
  EXPECT_EQ(wrong_names("{ x: { pool: app, ns: ns.z.example } }"),
            "5:6" + at + "x: its ns hand it to other servers, and with it its pool; it cannot have both\n");
  EXPECT_EQ(wrong_names("{ x: { pool: ap } }"), "5:14" + at + "x.pool: no pool named 'ap' (did you mean 'app'?)\n");
}

TEST(Dns, RecordsAreWrittenAsInZoneFiles) {
  const std::string at = ": dns.zones.z.example.names.";
  EXPECT_EQ(wrong_names("{ x: { a: '2001:db8::1' } }"),
            "5:11" + at +
                "x.a: expected an IPv4 address such as 192.0.2.1, found '2001:db8::1' (it belongs into "
                "aaaa)\n");
  EXPECT_EQ(wrong_names("{ x: { aaaa: 192.0.2.1 } }"),
            "5:14" + at +
                "x.aaaa: expected an IPv6 address such as 2001:db8::1, found '192.0.2.1' (it belongs into "
                "a)\n");
  EXPECT_EQ(wrong_names("{ x: { mx: mail.z.example } }"),
            "5:12" + at + "x.mx: expected preference and host, as \"10 mail.example.com\", found 'mail.z.example'\n");
  EXPECT_EQ(wrong_names("{ x: { mx: 65536 mail.z.example } }"),
            "5:12" + at +
                "x.mx: expected preference and host, as \"10 mail.example.com\": '65536' is no number from 0 "
                "to 65535\n");
  EXPECT_EQ(wrong_names("{ x: { srv: 0 5 sip.z.example } }"),
            "5:13" + at +
                "x.srv: expected priority, weight, port and host, as \"0 5 5060 sip.example.com\", found "
                "'0 5 sip.z.example'\n");
  EXPECT_EQ(wrong_names("{ x: { caa: 1 issue a.example } }"),
            "5:13" + at + "x.caa: the flags of a CAA record are 0, or 128: who does not know the tag may not sign\n");
  EXPECT_EQ(wrong_names("{ x: { caa: 0 is-sue a.example } }"),
            "5:13" + at + "x.caa: 'is-sue' is no tag: 1 to 15 letters and digits, such as issue, issuewild, iodef\n");
  EXPECT_EQ(wrong_names("{ x: { mx: [5 a.b, 5   a.b] } }"), "5:20" + at + "x.mx[1]: stands here twice\n");
}

TEST(Dns, RecordsOfANameAreBounded) {
  const auto many = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += (i == 0 ? "t" : ", t") + std::to_string(i);
    return wrong_names("{ x: { txt: [" + list + "] } }");
  };
  EXPECT_EQ(many(256), "");
  EXPECT_NE(many(257).find("x.txt[256]: at most 256 records of a name and type"), std::string::npos);
  EXPECT_EQ(wrong_names("{ x: { txt: " + std::string(4096, 't') + " } }"), "");
  EXPECT_NE(wrong_names("{ x: { txt: " + std::string(4097, 't') + " } }"), "");
}

TEST(Dns, GeoNamesNeedAddresses) {
  EXPECT_EQ(without_file(problems_of(std::string(kNames) +
                                     "pools: { app: { backends: [10.0.0.1:80] } }\n"
                                     "regions: { eu: {} }\n"
                                     "dns: { zones: { z.example: { ns: a.b, names: { www: { pool: app } } } } }\n")),
            "4:61: dns.zones.z.example.names.www.pool: no region has addresses to answer with: regions.NAME.addresses "
            "says what they are\n");
}

TEST(Dns, ListenersAnswerForZones) {
  EXPECT_EQ(wrong_listener("protocol: dns, zones: [z.example]"), "");
  EXPECT_EQ(wrong_listener("protocol: dns"),
            "1:21: listeners.names: protocol: dns needs `zones`: which of dns.zones it answers for\n");
  EXPECT_EQ(wrong_listener("protocol: dns, zones: [y.example, y.example]"),
            "1:66: listeners.names.zones[0]: no zone named 'y.example' in dns.zones (did you mean 'z.example'?)\n"
            "1:77: listeners.names.zones[1]: stands here twice\n");
  EXPECT_EQ(wrong_listener("zones: [z.example]"),
            "1:21: listeners.names: zones are answered by a listener of protocol: dns\n");
  const std::string dns = "protocol: dns, zones: z.example, ";
  for (const char* useless : {"pool: app", "proxy_protocol: true, trusted_proxies: [10.0.0.0/8]",
                              "trusted_proxies: [10.0.0.0/8]", "http2: { enabled: false }", "redirect: names"}) {
    EXPECT_NE(wrong_listener(dns + useless).find("listeners.names: protocol: dns has no "), std::string::npos)
        << useless;
  }
  EXPECT_NE(problems_of("listeners: { names: { bind: unix:/x, protocol: dns, zones: z.example } }\n"
                        "dns: { zones: { z.example: { ns: a.b } } }\n")
                .find("bind is an address and a port, as 0.0.0.0:53"),
            std::string::npos);
}

TEST(Dns, TheSummaryTellsOfZones) {
  const std::string text = summary_of(
      config_of(std::string(kNames) +
                    "pools: { app: { backends: [10.0.0.1:80] } }\n"
                    "regions: { eu: { addresses: [192.0.2.1, '2001:db8::1'] }, us: { addresses: 192.0.2.2 }, af: {} }\n"
                    "dns: { zones: { z.example: { ns: [ns.other.example, ns1.z.example, ns2.z.example], names: "
                    "{ www: { pool: app }, ns1: { a: 192.0.2.1 } } }, y.example: { ns: a.b } } }\n",
                "hg.yaml"));
  EXPECT_NE(text.find("  names            dns 127.0.0.1:53 -> zones z.example\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nzones\n"
                      "  z.example        3 servers; 2 names (1 geo); ttl 30s, 5s while failing;\n"
                      "                   not signed\n"
                      "  y.example        1 server; 0 names; ttl 30s, 5s while failing; not signed\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nwarnings\n"
                      "  z.example        ns2.z.example has no address in it:\n"
                      "                   give it a or aaaa in `names`\n"
                      "  y.example        is answered by no listener:\n"
                      "                   `zones` of one of protocol: dns says which\n"
                      "  af               has no addresses: DNS never answers with it\n"
                      "  us               has no IPv6 address: its clients get none,\n"
                      "                   though other regions have some\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace headgate::config
