headgate_fuzz_target(mmdb SOURCES geoip/mmdb_fuzz.cc USES headgate_geoip)
headgate_fuzz_target(networks_csv SOURCES geoip/networks_csv_fuzz.cc USES headgate_geoip)
