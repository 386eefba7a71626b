// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/cgroup_name.h"

#include <gtest/gtest.h>

#include <string>

namespace socklock::analyzer {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(CgroupName, PodsAreNamedByUidAndContainer) {
  const std::string uid = "3b1c9a52-7e44-4d0e-9f7b-0a5f4b1c2d3e";
  std::string escaped = uid;
  for (char& c : escaped) c = c == '-' ? '_' : c;
  EXPECT_EQ(cgroup_name("/kubepods/burstable/pod" + uid + "/" + kId), "pod " + uid + "/0123456789ab");
  EXPECT_EQ(cgroup_name("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + escaped +
                        ".slice/cri-containerd-" + kId + ".scope"),
            "pod " + uid + "/0123456789ab");
  EXPECT_EQ(cgroup_name("/kubepods.slice/kubepods-pod" + escaped + ".slice/crio-" + kId + ".scope/container"),
            "pod " + uid + "/0123456789ab");
  EXPECT_EQ(cgroup_name("/kubepods.slice/kubepods-pod" + escaped + ".slice"), "pod " + uid);
  // A static pod's uid is a hash.
  EXPECT_EQ(cgroup_name("/kubepods/pod0123456789abcdef0123456789abcdef/x"), "pod 0123456789abcdef0123456789abcdef/x");
}

TEST(CgroupName, ContainersAreNamedByEngineAndShortId) {
  EXPECT_EQ(cgroup_name("/system.slice/docker-" + kId + ".scope"), "docker 0123456789ab");
  EXPECT_EQ(cgroup_name("/docker/" + kId), "docker 0123456789ab");
  EXPECT_EQ(cgroup_name("/machine.slice/libpod-" + kId + ".scope/container"), "podman 0123456789ab");
  EXPECT_EQ(cgroup_name("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"),
            "podman 0123456789ab");
  EXPECT_EQ(cgroup_name("/system.slice/nerdctl-" + kId + ".scope"), "nerdctl 0123456789ab");
  EXPECT_EQ(cgroup_name("/default/" + kId), "container 0123456789ab");
  EXPECT_EQ(cgroup_name("/lxc.payload.web/init.scope"), "lxc web");
}

TEST(CgroupName, UnitsAreNamedAsSystemdNamesThem) {
  EXPECT_EQ(cgroup_name("/system.slice/nginx.service"), "nginx.service");
  EXPECT_EQ(cgroup_name("/system.slice/nginx.service/worker"), "nginx.service/worker");
  EXPECT_EQ(cgroup_name("/init.scope"), "init.scope");
  EXPECT_EQ(cgroup_name("/user.slice/user-1000.slice/session-3.scope"), "user 1000: session-3.scope");
  EXPECT_EQ(cgroup_name("/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service"),
            "user 1000: dbus.service");
  EXPECT_EQ(cgroup_name("/user.slice/user-1000.slice/user@1000.service"), "user 1000: user@1000.service");
  EXPECT_EQ(cgroup_name("/system.slice"), "system.slice");
}

TEST(CgroupName, AnyOtherPathIsItsOwnName) {
  EXPECT_EQ(cgroup_name(""), "(not known)");
  EXPECT_EQ(cgroup_name("/"), "/");
  EXPECT_EQ(cgroup_name("/a/b"), "/a/b");
  EXPECT_EQ(cgroup_name("/docker/short"), "/docker/short");
  EXPECT_EQ(cgroup_name("/podsomething"), "/podsomething");
  EXPECT_EQ(cgroup_name("//"), "//");
}

}  // namespace
}  // namespace socklock::analyzer
