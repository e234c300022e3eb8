package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Overrides;
import org.jupyterrestart.config.Presets;
import org.jupyterrestart.lifecycle.Schedule;

/**
 * The preset that the app names, under what the environment says.
 *
 * @param zone of the schedule
 */
public record PresetApps(Overrides overrides, ZoneId zone) implements NewApps {
    @Override
    public AppSpec specOf(String name, Optional<String> preset, Life life) {
        AppSpecBuilder spec = preset.flatMap(Presets::find)
                .orElse(Presets.ofApp(name))
                .start(name)
                .life(life)
                .enabled(!overrides.isDisabled());
        var manners = new Schedule.Manners(Duration.ZERO, List.of(), Schedule.Missed.ONCE, zone);
        return overrides
                .interval()
                .map(interval -> spec.schedule(new Schedule.Every(interval, manners)))
                .orElse(spec)
                .build();
    }
}
