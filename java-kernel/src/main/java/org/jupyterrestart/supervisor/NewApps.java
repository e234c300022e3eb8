package org.jupyterrestart.supervisor;

import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.Life;

/** What is known of an app that says hello without a word about it in the config file. */
@FunctionalInterface
public interface NewApps {
    AppSpec specOf(String name, Optional<String> preset, Life life);
}
