package dev.hubkit.nats.jetstream.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
  @TempDir Path parent;

  private String of(String name, FileSystem disk) {
    return String.valueOf(FileNames.in(parent, name, disk).getFileName());
  }

  private String of(String name) {
    return of(name, LocalFileSystem.INSTANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ORDERS", "KV_a-b_c", "$G", "my account", "a.b", "0", "x=y,z"})
  void ordinaryNamesStayAsTheyAre(String name) {
    assertThat(of(name)).isEqualTo(name);
    assertThat(FileNames.nameOf(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        ".",
        "../x",
        "/etc",
        "a/b",
        "a\\b",
        "a\0b",
        "a\nb",
        "%",
        "%41",
        "a:b",
        "CON",
        "nul",
        "\u00fc",
        "\u65e5\u672c",
        " a",
        "a ",
        "a.",
        "\ud83d\ude00",
        "\u007f"
      })
  void othersAreOneComponentOfPrintableCharacters(String name) {
    String file = of(name);
    assertThat(file).matches("[ -~]+").doesNotContain("/", "\\", ":").isNotIn("..", ".");
    assertThat(parent.resolve(file).normalize().getParent()).isEqualTo(parent);
    assertThat(FileNames.nameOf(file)).isEqualTo(name);
  }

  @Test
  void longOnesKeepADistinctHash() {
    String one = of("\u00fc".repeat(100) + "a");
    String other = of("\u00fc".repeat(100) + "b");
    assertThat(one).isNotEqualTo(other).hasSizeLessThan(241);
    assertThat(FileNames.isHashOf("\u00fc".repeat(100) + "a", one)).isTrue();
    assertThat(FileNames.isHashOf("\u00fc".repeat(100) + "b", one)).isFalse();
  }

  @Test
  void whatWasWrittenAsItIsStaysWhereItIs() throws IOException {
    Path old = Files.createDirectory(parent.resolve("\u00fc"));
    assertThat(FileNames.in(parent, "\u00fc", LocalFileSystem.INSTANCE)).isEqualTo(old);
  }

  @Test
  void theCaseOfLettersTellsNamesApartEvenIfTheDiskDoesNot() throws IOException {
    FileSystem folding = foldingDisk();
    Files.createDirectory(parent.resolve("Orders"));
    assertThat(of("Orders", folding)).isEqualTo("Orders");
    String other = of("orders", folding);
    assertThat(other).startsWith("orders%%");
    assertThat(of("ORDERS", folding)).startsWith("ORDERS%%").isNotEqualToIgnoringCase(other);
    Files.createDirectory(parent.resolve(other));
    Files.delete(parent.resolve("Orders"));
    assertThat(of("orders", folding)).as("the name of an existing directory").isEqualTo(other);
    assertThat(of("orders")).as("the name on another disk").isEqualTo(other);
  }

  /** Returns a file system that ignores the case of letters, like those of Windows and macOS. */
  private static FileSystem foldingDisk() {
    return (FileSystem)
        Proxy.newProxyInstance(
            FileSystem.class.getClassLoader(),
            new Class<?>[] {FileSystem.class},
            (proxy, method, arguments) ->
                method.getName().equals("exists")
                    ? existsInAnyCase((Path) arguments[0])
                    : method.invoke(LocalFileSystem.INSTANCE, arguments));
  }

  private static boolean existsInAnyCase(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    return LocalFileSystem.INSTANCE.list(file.getParent()).stream()
        .anyMatch(name::equalsIgnoreCase);
  }
}
