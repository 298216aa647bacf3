package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.HubException;
import dev.hubkit.workspace.HubLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionDefaultsTest {
  @TempDir Path root;

  private void configure(String text) throws Exception {
    Path directory = Files.createDirectories(root.resolve(".orchestrator"));
    Files.writeString(directory.resolve(OptionDefaults.FILE), text);
  }

  @Test
  void theCommandLineComesBeforeTheEnvironmentBeforeTheFile() throws Exception {
    configure("fossil-port = 1\nnats-port = 2\nhost = filehost\nlog-format = json\n");
    Map<String, String> environment = Map.of("HUB_FOSSIL_PORT", "11", "HUB_NATS_PORT", "12");
    OptionDefaults defaults = OptionDefaults.of(root, "--fossil-port"::equals, environment);
    assertThat(defaults.port("fossil-port", 111)).isEqualTo(111);
    assertThat(defaults.port("nats-port", 112)).isEqualTo(12);
    assertThat(defaults.text("host", "given")).isEqualTo("filehost");
    assertThat(defaults.choice("log-format", HubLog.Format.class, HubLog.Format.TEXT))
        .isEqualTo(HubLog.Format.JSON);
    assertThat(defaults.optional("nats-external", null)).isNull();
    assertThat(defaults.seconds("drain-timeout", 30)).hasSeconds(30);
  }

  @Test
  void saysWhereAWrongValueComesFrom() throws Exception {
    configure("nats-port = many\nlog-level = loud\n");
    OptionDefaults defaults =
        OptionDefaults.of(root, option -> false, Map.of("HUB_FOSSIL_PORT", "none"));
    assertThatThrownBy(() -> defaults.port("fossil-port", 0))
        .isInstanceOf(HubException.class)
        .hasMessage("$HUB_FOSSIL_PORT is no number: none");
    assertThatThrownBy(() -> defaults.port("nats-port", 0))
        .hasMessageContaining("nats-port in ")
        .hasMessageContaining("is no number: many");
    assertThatThrownBy(() -> defaults.choice("log-level", HubLog.Level.class, HubLog.Level.INFO))
        .hasMessageContaining("is none of error, warn, info, debug: loud");
  }

  @Test
  void aNumberOutOfItsBoundsIsRefusedWithWhereItComesFrom() throws Exception {
    configure("nats-port = 65536\n");
    OptionDefaults defaults = OptionDefaults.of(root, "--fossil-port"::equals, Map.of());
    assertThatThrownBy(() -> defaults.port("fossil-port", -1))
        .isInstanceOf(Failure.WrongOptionException.class)
        .hasMessage("--fossil-port has to be from 0 to 65535, not -1");
    assertThatThrownBy(() -> defaults.port("nats-port", 0))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("nats-port in ")
        .hasMessageContaining("has to be from 0 to 65535, not 65536");
    assertThatThrownBy(() -> defaults.seconds("start-timeout", 0))
        .hasMessage("--start-timeout has to be at least 1, not 0");
  }

  @Test
  void aMissingOrEmptyFileSetsNothing() throws Exception {
    assertThat(unset()).isEqualTo(7);
    configure("");
    assertThat(unset()).isEqualTo(7);
  }

  private int unset() {
    OptionDefaults defaults = OptionDefaults.of(root, option -> false, Map.of());
    assertThat(defaults.unknownInFile()).isEmpty();
    return defaults.port("nats-port", 7);
  }

  @Test
  void zerosAndBytesThatAreNoTextAreRefusedAndStay() throws Exception {
    configure("");
    Path file = root.resolve(".orchestrator").resolve(OptionDefaults.FILE);
    byte[] whole = "fossil-port = 1\nnats-port = 2\n".getBytes(UTF_8);
    byte[] block = whole.clone();
    Arrays.fill(block, 3, 20, (byte) 0);
    for (byte[] content : List.of(new byte[whole.length], block, new byte[] {'a', (byte) 0xff})) {
      Files.write(file, content);
      assertThatThrownBy(() -> OptionDefaults.of(root, option -> false, Map.of()))
          .isInstanceOf(HubException.class)
          .hasMessage(file + " is no text in UTF-8; write it anew, or delete it");
      assertThat(file).hasBinaryContent(content);
    }
  }

  @Test
  void namesThatOneWrongBitOrAnotherFileMakesAreReported() throws Exception {
    Path file = root.resolve(".orchestrator").resolve(OptionDefaults.FILE);
    configure("{\"instance\":\"i\",\"pid\":1}\n");
    assertThat(OptionDefaults.of(root, option -> false, Map.of()).unknownInFile()).isNotEmpty();
    byte[] whole = "nats-port=4222".getBytes(UTF_8);
    for (int bit = 0; bit < "nats-port".length() * 8; bit++) {
      byte[] content = whole.clone();
      content[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, content);
      Set<String> unknown = Set.of("refused");
      try {
        unknown = OptionDefaults.of(root, option -> false, Map.of()).unknownInFile();
      } catch (HubException e) {
        assertThat(e).hasMessageContaining(file.toString());
      }
      // A damaged first character can turn the line into a comment.
      boolean comment = content[0] == '#' || content[0] == '!';
      assertThat(unknown.isEmpty()).as("bit %d", bit).isEqualTo(comment);
    }
  }
}
