headgate_fuzz_target(letter SOURCES proxy_letter.cc USES headgate_handover)
