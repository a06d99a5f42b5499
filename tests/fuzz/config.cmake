headgate_fuzz_target(config SOURCES config_fuzz.cc USES headgate_config)
