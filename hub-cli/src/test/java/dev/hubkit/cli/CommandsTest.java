package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.Seed;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Runs the commands within this JVM, where a separate process makes no difference. */
class CommandsTest {
  @TempDir Path home;

  private Path root;

  private record Said(int status, String out, String err) {}

  @BeforeEach
  void makeRoot() throws Exception {
    root = Files.createDirectory(home.resolve("root"));
  }

  private Said hub(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = HubCommand.commandLine(arguments);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int status = line.execute(arguments);
    return new Said(status, out.toString(), err.toString());
  }

  /** Runs a command on the root, which must succeed, and returns its output. */
  private String well(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--root", root.toString()));
    Said said = hub(line.toArray(String[]::new));
    assertThat(said.status()).as("%s: %s", line, said).isZero();
    assertThat(said.err()).isEmpty();
    return said.out();
  }

  private Said atRoot(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--root", root.toString()));
    return hub(line.toArray(String[]::new));
  }

  private void seed() {
    HubOptions options =
        HubOptions.forTests().toBuilder().seed(Seed.file("a.txt", "first\n")).build();
    Hub.start(root, options).close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "start --nonsense",
        "start --fossil-port 70000",
        "stop --drain-timeout 0",
        "fossil nonsense",
        "bench --scale x"
      })
  void aWrongCommandLineIsAnsweredWithALineAndWhereToLook(String text) {
    Said said = hub(text.split(" "));
    assertThat(said.status()).isEqualTo(2);
    assertThat(said.err()).hasLineCount(1).startsWith("hub: ").contains("--help");
    assertThat(said.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fossil", "user"})
  void aMissingCommandIsAnsweredWithThoseThereAre(String text) {
    Said said = hub(text.isEmpty() ? new String[0] : new String[] {text});
    assertThat(said.status()).isEqualTo(2);
    assertThat(said.err()).startsWith("hub: ").contains("Commands:");
  }

  @Test
  void everyCommandHasAHelpThatIsNotOnlyItsOptions() {
    CommandLine all = HubCommand.commandLine();
    List<CommandLine> commands = new ArrayList<>(all.getSubcommands().values());
    for (String nested : List.of("fossil", "user")) {
      commands.addAll(all.getSubcommands().get(nested).getSubcommands().values());
    }
    assertThat(commands).hasSizeGreaterThan(30);
    for (CommandLine command : commands) {
      assertThat(command.getCommandSpec().usageMessage().description())
          .as(command.getCommandName())
          .isNotEmpty();
      command
          .getCommandSpec()
          .options()
          .forEach(
              option ->
                  assertThat(option.description())
                      .as(command.getCommandName() + " " + option.longestName())
                      .isNotEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"help stop", "stop --help", "help user", "user add --help"})
  void helpOfACommandIsFoundEitherWay(String text) {
    Said said = hub(text.split(" "));
    assertThat(said.status()).as(said.err()).isZero();
    String command = text.replace("help ", "").replace(" --help", "");
    assertThat(said.out()).startsWith("Usage: hub " + command);
  }

  @Test
  void completionKnowsAllCommandsAndTheirOptions() throws Exception {
    Path script = Files.writeString(home.resolve("script"), hub("generate-completion").out());
    assumeTrue(Shell.has("bash"), "bash is not on the PATH");
    String words = "COMP_WORDS=(hub fossil re); COMP_CWORD=2; COMP_LINE='hub fossil re'";
    assertThat(completed(script, words)).contains("rebuild");
    words = "COMP_WORDS=(hub start --fossil-); COMP_CWORD=2; COMP_LINE='hub start --fossil-'";
    assertThat(completed(script, words)).contains("--fossil-port", "--fossil-external");
  }

  private List<String> completed(Path script, String words) throws Exception {
    String all = "source " + script + "; " + words + "; _complete_hub; echo \"${COMPREPLY[*]}\"";
    return List.of(new Shell(root).must("bash", "-c", all).split("\\s+"));
  }

  @Test
  void usersAreAddedChangedAndRemoved() throws Exception {
    seed();
    assertThat(well("user", "add", "ada", "--caps", "oi", "--contact", "Ada")).contains("(oi)");
    JsonObject user = Json.parseObject(well("user", "caps", "ada", "go", "--json"));
    assertThat(user.string("capabilities")).isEqualTo("go");
    assertThat(user.string("contact")).isEqualTo("Ada");
    assertThat(user.bool("password", true)).isFalse();
    List<JsonObject> users = Json.parseObject(well("user", "list", "--json")).objects("users");
    assertThat(users).extracting(u -> u.string("login")).contains("ada", "orchestrator", "nobody");
    // A user added without options gets the repository's default capabilities, as in C fossil.
    assertThat(well("user", "add", "bob")).contains("(u)");

    Said twice = atRoot("user", "add", "ada");
    assertThat(twice.status()).isEqualTo(1);
    assertThat(twice.err()).hasLineCount(1).contains("already");
    Said wrong = atRoot("user", "caps", "ada", "o-o");
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err()).hasLineCount(1).contains("letters");
    assertThat(well("user", "caps", "ada")).isEqualTo("go\n");
    well("user", "remove", "ada", "-q");
    Said gone = atRoot("user", "passwd", "ada", "--password-stdin");
    assertThat(gone.status()).isEqualTo(1);
    assertThat(gone.err()).hasLineCount(1).contains("hub user add ada");
  }

  @Test
  void aPasswordThatWasSetLogsInWithCFossil() throws Exception {
    assumeTrue(Shell.has("fossil"), "fossil is not on the PATH");
    seed();
    well("user", "add", "ada", "--caps", "s");
    Shell shell = new Shell(root);
    List<String> passwd = new ArrayList<>(List.of("sh", "-c", "echo s3cret | \"$@\"", "sh"));
    passwd.addAll(Shell.hubCommand("user", "passwd", "ada", "--root", root.toString()));
    Shell.Result set = shell.run(passwd);
    assertThat(set.status()).as(set.all()).isZero();
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      String url = hub.fossilUrl().replace("http://", "http://ada:s3cret@");
      shell.must("fossil", "clone", url, home.resolve("c.fossil").toString());
      Shell.Result wrong =
          shell.run(
              "fossil",
              "clone",
              url.replace("s3cret", "other"),
              home.resolve("d.fossil").toString());
      assertThat(wrong.out() + wrong.err()).contains("login failed");
    }
  }

  @Test
  void whatIsNotThereIsSaidInALine() throws Exception {
    for (String[] command :
        new String[][] {
          {"fossil", "timeline"}, {"fossil", "ls"}, {"fossil", "cat", "x"}, {"user", "list"}
        }) {
      Said said = atRoot(command);
      assertThat(said.status()).as(said.err()).isEqualTo(5);
      assertThat(said.err()).hasLineCount(1).contains("hub start");
    }
    assertThat(root).isEmptyDirectory();
    seed();
    Said cat = atRoot("fossil", "cat", "x");
    assertThat(cat.status()).isEqualTo(1);
    assertThat(cat.err()).hasLineCount(1).contains("no file \"x\"");
    Said version = atRoot("fossil", "ls", "-r", "nonsense");
    assertThat(version.status()).isEqualTo(1);
    assertThat(version.err()).hasLineCount(1).contains("no check-in \"nonsense\"");
    Said open = atRoot("open", "--print");
    assertThat(open.status()).isEqualTo(1);
    assertThat(open.err()).hasLineCount(1).contains("hub start --detach");
    Said sync = atRoot("fossil", "sync");
    assertThat(sync.status()).isEqualTo(1);
    assertThat(sync.err()).hasLineCount(1).contains("URL");
    Said nobody =
        hub("fossil", "clone", "http://127.0.0.1:1/", home.resolve("no.fossil").toString());
    assertThat(nobody.status()).isEqualTo(5);
    assertThat(nobody.err()).hasLineCount(1).contains("the server does not answer");
    Files.writeString(home.resolve("no.fossil"), "nonsense");
    Said other = hub("fossil", "ls", "-R", home.resolve("no.fossil").toString());
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).hasLineCount(1).contains("no.fossil");
  }

  @Test
  void theRepositoryIsToldInJson() throws Exception {
    seed();
    JsonObject files = Json.parseObject(well("fossil", "ls", "--json"));
    assertThat(files.objects("files")).extracting(f -> f.string("name")).containsExactly("a.txt");
    JsonObject timeline = Json.parseObject(well("fossil", "timeline", "--json"));
    assertThat(timeline.objects("entries"))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.string("hash")).isEqualTo(files.string("checkin"));
              assertThat(entry.string("branch")).isEqualTo("trunk");
              assertThat(entry.strings("tags")).containsExactly("trunk");
            });
    assertThat(well("fossil", "timeline", "-n", "1", "-t", "w")).contains("no more data (0)");
  }

  @Test
  void aCheckoutOfFossilIsCommittedByHubAndTheOtherWayRound() throws Exception {
    assumeTrue(Shell.has("fossil"), "fossil is not on the PATH");
    seed();
    Path repository = root.resolve(".orchestrator/hub.fossil");
    Path directory = Files.createDirectory(home.resolve("checkout"));
    Shell checkout = new Shell(directory);
    checkout.must("fossil", "open", repository.toString());
    Files.writeString(directory.resolve("a.txt"), "second\n");
    Files.writeString(directory.resolve("b.sh"), "#!/bin/sh\n");
    assertThat(directory.resolve("b.sh").toFile().setExecutable(true)).isTrue();
    checkout.must("fossil", "add", "b.sh");
    Shell.Result status = checkout.hub("fossil", "status", "--json");
    assertThat(Json.parseObject(status.out()).strings("changed")).containsExactly("a.txt", "b.sh");
    Shell.Result commit = checkout.hub("fossil", "commit", "-m", "by hub", "--user", "ada");
    assertThat(commit.status()).as(commit.all()).isZero();
    assertThat(checkout.must("fossil", "changes")).isEmpty();
    assertThat(checkout.must("fossil", "status")).contains("by hub (user: ada)");

    checkout.must("fossil", "mv", "--hard", "a.txt", "c.txt");
    checkout.must("fossil", "rm", "--hard", "b.sh");
    commit = checkout.hub("fossil", "commit", "-m", "moved", "--user", "ada", "--branch", "side");
    assertThat(commit.status()).as(commit.all()).isZero();
    assertThat(checkout.must("fossil", "changes")).isEmpty();
    assertThat(checkout.must("fossil", "ls")).isEqualTo("c.txt");
    assertThat(checkout.must("fossil", "finfo", "c.txt")).contains("moved");
    Shell.Result nothing = checkout.hub("fossil", "commit", "-m", "again", "--user", "ada");
    assertThat(nothing.status()).isEqualTo(1);
    assertThat(nothing.err()).hasLineCount(1).contains("nothing has changed");

    Files.writeString(directory.resolve("c.txt"), "third\n");
    checkout.must("fossil", "commit", "--user", "orchestrator", "--no-warnings", "-m", "by fossil");
    Shell.Result back = checkout.hub("fossil", "update", "trunk");
    assertThat(back.status()).as(back.all()).isZero();
    assertThat(directory.resolve("a.txt")).hasContent("second\n");
    assertThat(checkout.must("fossil", "changes")).isEmpty();
    assertThat(checkout.must("fossil", "test-integrity", repository.toString()))
        .contains(" 0 errors");
  }

  @Test
  void theDoctorFindsWhatIsWrongAndSetsItRight() throws Exception {
    Shell shell = new Shell(root);
    assumeTrue(Shell.has("git"), "git is not on the PATH");
    Files.writeString(root.resolve("file"), "");
    shell.initGit();
    Path state = Files.createDirectory(root.resolve(".orchestrator"));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Files.writeString(
          state.resolve("config.properties"),
          "fossil-port = " + taken.getLocalPort() + "\nnats-port = 0\nnats-prot = 5\n");
      Said said = atRoot("doctor");
      assertThat(said.status()).as(said.out()).isEqualTo(1);
      assertThat(said.out())
          .contains("port " + taken.getLocalPort())
          .contains("process " + ProcessHandle.current().pid())
          .contains("nothing is called [nats-prot]")
          .contains("git does not overlook .orchestrator/");
    }
    Files.writeString(
        state.resolve("hub.json"),
        "{\"instance\":\"i\",\"pid\":999999999,\"root\":\"/\",\"state\":\"ready\","
            + "\"since\":\"2026-01-01T00:00:00Z\",\"version\":\"0\"}");
    Files.writeString(state.resolve("config.properties"), "fossil-port=0\nnats-port=0\n");
    List<JsonObject> fixed =
        Json.parseObject(well("doctor", "--fix", "--json")).objects("findings");
    assertThat(fixed)
        .filteredOn(finding -> "fixed".equals(finding.string("grade")))
        .extracting(finding -> finding.string("about"))
        .contains("git", "hub");
    assertThat(state.resolve("hub.json")).doesNotExist();
    assertThat(shell.must("git", "status", "--porcelain")).isEmpty();
    seed();
    assertThat(well("doctor")).contains("and is sound");
    Files.writeString(state.resolve("hub.fossil"), "this is no repository any more");
    Said damaged = atRoot("doctor");
    assertThat(damaged.status()).isEqualTo(1);
    assertThat(damaged.out()).contains("problem");
  }

  @Test
  void aBrowserIsTheUsersOrTheSystems() {
    assertThat(Browser.command("u", "Linux", Map.of())).containsExactly("xdg-open", "u");
    assertThat(Browser.command("u", "Mac OS X", Map.of())).containsExactly("open", "u");
    assertThat(Browser.command("u", "Windows 11", Map.of()))
        .containsExactly("rundll32", "url.dll,FileProtocolHandler", "u");
    assertThat(Browser.command("u", "Linux", Map.of("BROWSER", "lynx")))
        .containsExactly("lynx", "u");
  }

  @Test
  void aProgressBarFitsAndNeverPassesItsEnd() {
    assertThat(ProgressBar.line("Seeding", 1, 2, "files"))
        .isEqualTo("Seeding [###############---------------] 50% of 2 files");
    assertThat(ProgressBar.line("Seeding", 3, 2, "files"))
        .isEqualTo("Seeding [##############################] 100% of 2 files");
    assertThat(ProgressBar.line("Cloning", 1234, 0, "artifacts"))
        .isEqualTo("Cloning 1,234 artifacts");
  }

  @Test
  void theBenchmarkMeasuresEachOfItsRows() throws Exception {
    JsonObject report = Json.parseObject(hub("bench", "--scale", "0.001", "--json").out());
    assertThat(report.objects("figures"))
        .hasSizeGreaterThan(12)
        .allSatisfy(
            figure ->
                assertThat(figure.get("value"))
                    .isInstanceOfSatisfying(
                        Number.class, value -> assertThat(value.doubleValue()).isPositive()));
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      Said other = hub("bench", "--scale", "0.001", "--nats", hub.natsUrl());
      assertThat(other.status()).as(other.err()).isZero();
      assertThat(other.out()).contains("messages/s");
    }
  }
}
