/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/doctor/doctor.h"

#define CLIENT(text, interface) doctor_is_dhcp_client(text, sizeof text - 1, interface)

static void networkd(void)
{
    CU_ASSERT_TRUE(doctor_networkd_manages("# private\nADMIN_STATE=configured\nOPER_STATE=up\n"));
    CU_ASSERT_TRUE(doctor_networkd_manages("ADMIN_STATE=configuring"));
    CU_ASSERT_FALSE(doctor_networkd_manages("ADMIN_STATE=unmanaged\nOPER_STATE=routable\n"));
    CU_ASSERT_FALSE(doctor_networkd_manages("NOT_ADMIN_STATE=configured\n"));
    CU_ASSERT_FALSE(doctor_networkd_manages("ADMIN_STATE=configured-not\n"));
    CU_ASSERT_FALSE(doctor_networkd_manages(""));
}

static void network_manager(void)
{
    CU_ASSERT_TRUE(doctor_network_manager_manages("[device]\nmanaged=true\nnm-owned=false\n"));
    CU_ASSERT_FALSE(doctor_network_manager_manages("[device]\nmanaged=false\n"));
    CU_ASSERT_FALSE(doctor_network_manager_manages("[device]\nperm-hw-addr-fake=\n"));
}

static void clients(void)
{
    CU_ASSERT_TRUE(CLIENT("/sbin/dhclient\0-4\0-v\0eth1\0", "eth1"));
    CU_ASSERT_TRUE(CLIENT("dhclient\0eth1", "eth1"));
    CU_ASSERT_TRUE(CLIENT("dhcpcd: eth1 [ip4]\0\0\0", "eth1"));
    CU_ASSERT_TRUE(CLIENT("udhcpc\0-i\0eth1\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("/sbin/dhclient\0eth10\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("/sbin/dhclient\0-pf\0/run/dhclient.eth1.pid\0eth0\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("grep\0dhclient\0eth1\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("dhclient-script\0eth1\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("dhclient\0", "eth1"));
    CU_ASSERT_FALSE(CLIENT("", "eth1"));
}

void tests_harness_doctor_speakers(void);
void tests_harness_doctor_speakers(void)
{
    TEST_SUITE("doctor/speakers", {"systemd-networkd", networkd},
               {"NetworkManager", network_manager}, {"DHCP clients", clients});
}
