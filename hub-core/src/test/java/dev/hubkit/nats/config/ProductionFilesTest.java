package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files with the blocks and in the styles of files in production: those of a lone server, of
 * clusters, of the middle and the edge of a star, with tenants, devices and an authorization
 * service.
 */
class ProductionFilesTest {
  private static final ReadOptions TOLERANT = new ReadOptions(null, true);

  @TempDir Path directory;

  static List<String> names() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.list(resources())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static Path resources() throws URISyntaxException {
    URI place =
        Objects.requireNonNull(ProductionFilesTest.class.getResource("/config/production")).toURI();
    return Path.of(place);
  }

  @BeforeEach
  void copyFiles() throws Exception {
    for (String name : names()) {
      String text = Files.readString(resources().resolve(name));
      Files.writeString(directory.resolve(name), text.replace("$DIR", directory.toString()));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  @ComparedWithNatsServer
  void isValidAsForTheRealServer(String name) {
    Path file = directory.resolve(name);
    String real = RealNatsServer.test(file, Map.of());
    assertThat(real).contains(" is valid ");
    assertThat(ConfigFile.test(file.toString(), variable -> null, TOLERANT)).isEqualTo(real);
    try {
      assertThat(ConfigFile.test(file.toString(), variable -> null)).isEqualTo(real);
    } catch (ConfigException e) {
      assertThat(e.errors()).allMatch(error -> error.contains(" not supported: Hub "));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void starts(String name) {
    String file = directory.resolve(name).toString();
    ServerConfig config = ConfigFile.read(file, variable -> null, TOLERANT);
    if (!config.isSet(Options.PORT)) {
      return; // to be included by another
    }
    try (NatsServer server = NatsServer.start(NatsOptions.of(config))) {
      assertThat(server.port()).isPositive();
    }
  }
}
