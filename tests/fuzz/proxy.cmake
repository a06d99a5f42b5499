headgate_fuzz_target(letter SOURCES proxy_letter.cc USES headgate_handover)
headgate_fuzz_target(api_request SOURCES proxy_api_request.cc USES headgate_admin)
headgate_fuzz_target(cache_entry SOURCES cache/entry.cc USES headgate_cache_entry)
headgate_fuzz_target(purge_log SOURCES cache/purge_log.cc USES headgate_cache_purge)
