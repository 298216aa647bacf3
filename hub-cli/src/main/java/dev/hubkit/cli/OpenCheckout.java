package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import java.nio.file.Path;

/** Finds the checkout that a command requires. */
final class OpenCheckout {
  private OpenCheckout() {}

  static Path required(RepositoryOption option) {
    return option
        .checkout()
        .orElseThrow(
            () ->
                new HubException(
                    Reason.UNSUPPORTED,
                    "this is no Fossil checkout; make one with: hub fossil open REPOSITORY"));
  }
}
