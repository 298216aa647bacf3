package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the author of a check-in. */
final class UserOption {
  @Option(
      names = {"-U", "--user"},
      paramLabel = "LOGIN",
      description =
          "Who makes it. Default: the repository's default-user, $FOSSIL_USER, $USER, $USERNAME.")
  private @Nullable String user;

  String find(FossilRepository repository, Map<String, String> environment) {
    String configured =
        repository.read(s -> Optional.ofNullable(s.setting("default-user"))).orElse(null);
    return Stream.of(
            user,
            configured,
            environment.get("FOSSIL_USER"),
            environment.get("USER"),
            environment.get("USERNAME"))
        .filter(name -> name != null && !name.isBlank())
        .findFirst()
        .orElseThrow(
            () ->
                new HubException(
                    Reason.UNSUPPORTED, "nobody knows who makes the check-in; say it with --user"));
  }
}
