package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.cli.Shell.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks that the examples on the page about the command work as the page says, and that its tables
 * name exactly what exists.
 */
class CommandDocumentationTest {
  private static final Path PAGE = Path.of("docs", "commands.md");
  private static final Path LEAF_NODES = Path.of("..", "docs", "leaf-nodes.md");

  @TempDir Path home;

  private WorkTree tree;

  private record Example(String command, List<String> output) {}

  @AfterEach
  void end() {
    if (tree != null) {
      tree.end();
    }
  }

  private static List<Example> examples(Path page) throws Exception {
    List<Example> examples = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("```")) {
        inside = line.equals("```console");
      } else if (inside && line.startsWith("$ ")) {
        examples.add(new Example(line.substring(2), new ArrayList<>()));
      } else if (inside) {
        examples.get(examples.size() - 1).output().add(line);
      }
    }
    return examples;
  }

  @Test
  void theExamplesDoWhatThePageSays() throws Exception {
    doWhatThePageSays(PAGE, 20);
  }

  @Test
  void theExamplesOfLeafNodesDoWhatTheirPageSays() throws Exception {
    doWhatThePageSays(LEAF_NODES, 5);
  }

  private void doWhatThePageSays(Path page, int atLeast) throws Exception {
    tree = WorkTree.in(home);
    Path programs = Files.createDirectory(home.resolve("bin"));
    Path hub = programs.resolve("hub");
    Files.writeString(
        hub,
        Shell.hubCommand().stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n")));
    assertThat(hub.toFile().setExecutable(true)).isTrue();
    Shell shell = tree.shell().with("PATH", programs + ":" + System.getenv("PATH"));
    List<Example> examples = examples(page);
    assertThat(examples).hasSizeGreaterThan(atLeast);
    for (Example example : examples) {
      Result result = shell.run("sh", "-c", example.command());
      assertThat(result.status()).as(result.all()).isZero();
      for (String line : example.output()) {
        assertThat(result.out()).as(example.command()).containsPattern(pattern(line));
      }
    }
    tree.assertCleared();
  }

  /** Returns a pattern for the line in which {@code ...} matches anything. */
  private static Pattern pattern(String line) {
    return Pattern.compile(
        Arrays.stream(line.split("\\.\\.\\.", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*", "^", "$")),
        Pattern.MULTILINE);
  }

  @Test
  void theTablesNameWhatThereIs() throws Exception {
    String page = Files.readString(PAGE);
    for (ExitCode code : ExitCode.values()) {
      assertThat(page)
          .contains(
              "| " + code.number() + " | " + code.meaning().replace("--check", "`--check`") + " |");
    }
    for (String name : StartOptions.NAMES) {
      assertThat(page).contains("`" + name + "`");
    }
  }
}
