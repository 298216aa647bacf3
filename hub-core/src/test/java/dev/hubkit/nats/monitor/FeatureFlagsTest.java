package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFlagsTest {
  @TempDir Path directory;

  private ServerConfig config(String text) throws IOException {
    Path file = directory.resolve("nats.conf");
    Files.writeString(file, text);
    return ConfigFile.read(file.toString(), name -> null);
  }

  // The lines are those of nats-server 2.15.3.
  @Test
  void tellsAtTheStartWhatIsConfigured() throws Exception {
    ServerConfig some =
        config(
            "feature_flags { js_ack_fc_v2: true, js_raft_delete_range: false,"
                + " js_snapshot_sources: false, zz: true, a: false }");
    assertThat(FeatureFlags.startLines(some, Compatibility.V2_15))
        .containsExactly(
            "  Feature flags:",
            "    Configured:    js_ack_fc_v2 (opt-in), js_raft_delete_range (opt-out),"
                + " js_snapshot_sources (disabled)",
            "    Unsupported:   a, zz");
    assertThat(FeatureFlags.startLines(config("feature_flags { zz: true }"), Compatibility.V2_15))
        .containsExactly("  Feature flags:", "    Configured:    none", "    Unsupported:   zz");
    assertThat(FeatureFlags.startLines(config("port: -1"), Compatibility.V2_15)).isEmpty();
  }

  @Test
  void eachReleaseHasItsOwn() throws Exception {
    ServerConfig config = config("feature_flags { js_api_reply_v2: true }");
    assertThat(FeatureFlags.of(config, Compatibility.V2_15).isOn(FeatureFlags.API_REPLY_FORMAT))
        .isTrue();
    assertThat(FeatureFlags.of(config, Compatibility.V2_14).isOn(FeatureFlags.API_REPLY_FORMAT))
        .isFalse();
  }
}
