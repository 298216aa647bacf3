package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Something that one account lets other accounts use. */
sealed interface Export permits StreamExport, ServiceExport {
  String subject();

  @Nullable Set<String> accounts();

  int accountToken();

  ActivationTokens tokens();

  /**
   * Returns whether {@code account} may import {@code wanted}, a subject that may have wildcards.
   */
  default boolean covers(String wanted, String account) {
    Set<String> named = accounts();
    if (!Subjects.isSubset(wanted, subject()) || (named != null && !named.contains(account))) {
      return false;
    }
    int position = accountToken();
    List<String> tokens = Subjects.tokens(wanted);
    return position == 0 || (position <= tokens.size() && tokens.get(position - 1).equals(account));
  }
}
