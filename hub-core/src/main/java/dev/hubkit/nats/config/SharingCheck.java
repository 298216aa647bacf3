package dev.hubkit.nats.config;

import dev.hubkit.nats.account.ImportCycles;
import dev.hubkit.nats.account.ImportedSubjects;
import dev.hubkit.nats.config.AccountConfig.Export;
import dev.hubkit.nats.config.AccountConfig.Import;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks the imports of accounts one after the other, as nats-server adds them when it reads a
 * file. Confined to its thread.
 */
final class SharingCheck {
  /** An account with the imports that have been added. */
  private static final class Sharer implements ImportCycles.Sharer {
    private final AccountConfig.Builder account;
    private final List<ImportCycles.Imported> streams = new ArrayList<>();
    private final List<ImportCycles.Imported> services = new ArrayList<>();

    Sharer(AccountConfig.Builder account) {
      this.account = account;
    }

    @Override
    public String name() {
      return account.name;
    }

    @Override
    public boolean exportsStream(String subject) {
      return account.exports.stream()
          .anyMatch(each -> !each.service() && Subjects.isSubset(subject, each.subject()));
    }

    @Override
    public List<ImportCycles.Imported> importedStreams() {
      return streams;
    }

    @Override
    public List<ImportCycles.Imported> importedServices() {
      return services;
    }
  }

  private final Map<String, Sharer> sharers = new HashMap<>();

  SharingCheck(Map<String, AccountConfig.Builder> accounts) {
    accounts.forEach((name, account) -> sharers.put(name, new Sharer(account)));
  }

  boolean isDefined(String account) {
    return sharers.containsKey(account);
  }

  /**
   * Adds an import of an account that is defined.
   *
   * @throws IllegalArgumentException in nats-server's words, if it cannot be
   */
  void add(Import wanted, AccountConfig.Builder importer) {
    Sharer from = sharers.get(wanted.account());
    Sharer to = sharers.get(importer.name);
    if (from == null || to == null) {
      throw new IllegalStateException("not defined: " + wanted.account());
    }
    if (wanted.service()) {
      addService(wanted, from, to);
    } else {
      addStream(wanted, from, to);
    }
  }

  private static void addService(Import wanted, Sharer from, Sharer to) {
    String here = wanted.to().isEmpty() ? wanted.subject() : wanted.to();
    if (!Subjects.isValid(here) || !Subjects.isValid(wanted.subject())) {
      throw new IllegalArgumentException("sublist: invalid subject");
    }
    require(wanted, from, to);
    ImportedSubjects subjects = ImportedSubjects.ofService(wanted.subject(), here);
    ImportCycles.checkService(to, from, subjects.local());
    to.services.add(new ImportCycles.Imported(from, wanted.subject(), subjects.local()));
  }

  private static void addStream(Import wanted, Sharer from, Sharer to) {
    require(wanted, from, to);
    String here = wanted.to().isEmpty() ? wanted.subject() : wanted.to();
    String prefix = wanted.prefix();
    if (!prefix.isEmpty()) {
      if (!Subjects.isLiteral(prefix)) {
        throw new IllegalArgumentException("stream import prefix can not contain wildcard tokens");
      }
      here = prefix + (prefix.endsWith(".") ? "" : ".") + wanted.subject();
    }
    ImportCycles.checkStream(to, from, here);
    ImportCycles.checkStream(to, from, wanted.subject());
    ImportedSubjects subjects = ImportedSubjects.ofStream(wanted.subject(), here);
    boolean known =
        to.streams.stream()
            .anyMatch(each -> each.from() == from && each.remote().equals(wanted.subject()));
    if (known) {
      throw new IllegalArgumentException("stream import already exists");
    }
    to.streams.add(new ImportCycles.Imported(from, wanted.subject(), subjects.local()));
  }

  private static void require(Import wanted, Sharer from, Sharer to) {
    boolean exported =
        from.account.exports.stream().anyMatch(export -> isFor(export, wanted, to.name()));
    if (!exported) {
      throw new IllegalArgumentException(
          (wanted.service() ? "service" : "stream") + " import not authorized");
    }
  }

  private static boolean isFor(Export export, Import wanted, String importer) {
    return export.service() == wanted.service()
        && (export.accounts().isEmpty() || export.accounts().contains(importer))
        && Subjects.isSubset(wanted.subject(), export.subject());
  }
}
