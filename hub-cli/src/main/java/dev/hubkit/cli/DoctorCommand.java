package dev.hubkit.cli;

import dev.hubkit.cli.Finding.Grade;
import dev.hubkit.json.JsonWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Look for what is wrong here, and say what to do about it: the work tree, permissions, disk,"
          + " ports, settings, files that a killed hub left, the repository, versions, orphans.",
      "Ends with status 1 when something is a problem. Changes nothing without --fix."
    })
final class DoctorCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Mixin private final Output output = new Output();

  @Option(
      names = "--fix",
      description =
          "Set right what can be: clear up after hubs that were killed, end those that hang and"
              + " orphans, have git overlook the hub's directory. No data is deleted.")
  private boolean fix;

  @Override
  public Integer call() {
    HubLogging.off();
    Path directory = root.root();
    List<Finding> findings = new ArrayList<>();
    for (Finding finding :
        new DoctorChecks(directory, OptionDefaults.of(directory, spec)).findings()) {
      findings.add(fix ? treated(finding) : finding);
    }
    print(findings);
    boolean problem = findings.stream().anyMatch(f -> f.grade() == Grade.PROBLEM);
    return problem ? ExitCode.FAILURE.number() : ExitCode.OK.number();
  }

  private static Finding treated(Finding finding) {
    Finding.@Nullable Cure cure = finding.cure();
    if (cure == null) {
      return finding;
    }
    try {
      cure.apply();
      return finding.fixed();
    } catch (Exception e) {
      return finding.notFixed(String.valueOf(e.getMessage()));
    }
  }

  private void print(List<Finding> findings) {
    if (output.isJson()) {
      JsonWriter json = JsonWriter.pretty().beginObject().beginArray("findings");
      for (Finding finding : findings) {
        json.beginObject()
            .field("about", finding.about())
            .field("grade", finding.grade().toString())
            .field("text", finding.text())
            .fieldIfSet("remedy", finding.remedy())
            .field("fixable", finding.cure() != null)
            .endObject();
      }
      output.json(json.endArray().endObject());
      return;
    }
    for (Finding finding : findings) {
      String grade = String.format(Locale.ROOT, "%-8s", finding.grade());
      output.plain(
          Ansi.AUTO.string("@|bold," + finding.grade().colour() + " " + grade + "|@ ")
              + finding.about()
              + ": "
              + finding.text());
      if (finding.remedy() != null) {
        output.plain(
            "         -> " + finding.remedy() + (finding.cure() == null ? "" : " (--fix does it)"));
      }
    }
  }
}
