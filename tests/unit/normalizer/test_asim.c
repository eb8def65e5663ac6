#include "asim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void every_field_is_found_under_its_own_name(void **state)
{
    (void)state;
    for (int i = 0; i < ASIM_COUNT; i++)
        assert_int_equal(asim_find(asim_fields[i].name), i);
}

static void names_are_case_sensitive_and_whole(void **state)
{
    (void)state;
    assert_int_equal(asim_find(span_text("dvcaction")), -1);
    assert_int_equal(asim_find(span_text("DvcActio")), -1);
    assert_int_equal(asim_find(span_text("DvcActions")), -1);
    assert_int_equal(asim_find(span_text("")), -1);
}

static void the_event_time_comes_first(void **state)
{
    (void)state;
    assert_int_equal(ASIM_TimeGenerated, 0);
    assert_true(ASIM_EventType < ASIM_Dvc && ASIM_Dvc < ASIM_NetworkProtocol && ASIM_NetworkProtocol < ASIM_DstIpAddr &&
                ASIM_DstIpAddr < ASIM_SrcIpAddr && ASIM_SrcIpAddr < ASIM_NetworkRuleName);
}

static void types_are_those_of_the_schema(void **state)
{
    (void)state;
    static const struct {
        enum asim_index field;
        enum asim_type type;
    } rows[] = { { ASIM_TimeGenerated, ASIM_DATETIME }, { ASIM_EventStartTime, ASIM_DATETIME },
                 { ASIM_EventEndTime, ASIM_DATETIME },  { ASIM_EventCount, ASIM_INT },
                 { ASIM_DstPortNumber, ASIM_PORT },     { ASIM_SrcPortNumber, ASIM_PORT },
                 { ASIM_DstNatPortNumber, ASIM_PORT },  { ASIM_SrcNatPortNumber, ASIM_PORT },
                 { ASIM_NetworkDuration, ASIM_INT },    { ASIM_Duration, ASIM_INT },
                 { ASIM_NetworkIcmpCode, ASIM_INT },    { ASIM_NetworkRuleNumber, ASIM_INT },
                 { ASIM_ThreatRiskLevel, ASIM_INT },    { ASIM_SrcBytes, ASIM_LONG },
                 { ASIM_DstBytes, ASIM_LONG },          { ASIM_NetworkBytes, ASIM_LONG },
                 { ASIM_SrcPackets, ASIM_LONG },        { ASIM_DstPackets, ASIM_LONG },
                 { ASIM_NetworkPackets, ASIM_LONG },    { ASIM_SrcGeoLatitude, ASIM_REAL },
                 { ASIM_DstGeoLongitude, ASIM_REAL },   { ASIM_NetworkIcmpType, ASIM_STRING },
                 { ASIM_DvcAction, ASIM_STRING },       { ASIM_NetworkSessionId, ASIM_STRING } };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(asim_fields[rows[i].field].type, rows[i].type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_found_under_its_own_name),
        cmocka_unit_test(names_are_case_sensitive_and_whole),
        cmocka_unit_test(the_event_time_comes_first),
        cmocka_unit_test(types_are_those_of_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
