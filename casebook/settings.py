"""Settings: where things are, how big, and with which secrets. Policy lives in YAML, not here.

Order of precedence: environment (`CASEWARDEN_…`), secret files (`CASEWARDEN_…_FILE`), `.env`,
`casewarden.toml` (or the file that `CASEWARDEN_CONFIG` names), default.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from casebook.errors import Misconfigured
from casebook.modes import Mode
from casebook.taxonomy import taxonomy

PREFIX = "CASEWARDEN_"
# Variables of that prefix that are not settings of a running product.
OTHER_VARIABLES = frozenset({"CASEWARDEN_CONFIG", "CASEWARDEN_SHARED"})
ModeName = Literal["observe", "suggest", "act"]
Port = Annotated[int, Field(ge=0, le=65535)]


def default_state_dir() -> Path:
    """Where state goes when nobody says: `$XDG_STATE_HOME/casewarden`, else below the home."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "casewarden"


class SecretFiles(PydanticBaseSettingsSource):
    """Values from files named by `CASEWARDEN_<SETTING>_FILE`, as container secrets come."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The stripped content of the file, None where no file is named or it is empty."""
        del field
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        content = Path(path).read_text(encoding="utf-8").strip() if path else ""
        return content or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every setting that a file gives."""
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                found[name] = value
        return found


class Settings(BaseSettings):
    """Everything an administrator may set; each description is its documentation."""

    # An empty variable is none: a token of no letters would open what it should guard.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    zendesk_url: str = Field(
        default="http://127.0.0.1:8650",
        description="Address of the desk, such as https://yourdesk.zendesk.com, or of a sandbox.",
    )
    oauth_client_id: str = Field(
        default="casewarden", description="Unique identifier of the confidential OAuth client."
    )
    oauth_client_secret: SecretStr | None = Field(
        default=None, description="Secret of the OAuth client; shown once by Zendesk."
    )
    api_email: str | None = Field(
        default=None, description="Legacy: e-mail of the API token's owner (ends 30 April 2027)."
    )
    api_token: SecretStr | None = Field(
        default=None, description="Legacy: API token, instead of the OAuth client."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signing secret of the webhook; `provision apply` keeps it."
    )
    webhook_secret_previous: SecretStr | None = Field(
        default=None, description="The secret before the last rotation, accepted beside the new."
    )
    allow_test_secret: bool = Field(
        default=False, description="Accept Zendesk's public test secret (for a webhook test send)."
    )
    webhook_fresh_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        default=5, description="How far a signature's timestamp may be from our clock, in minutes."
    )
    webhook_max_bytes: Annotated[int, Field(ge=65536)] = Field(
        default=2_097_152, description="Largest webhook body that is read, in bytes."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8642",
        description="Address under which the desk reaches this service (https on a real desk).",
    )
    host: str = Field(default="127.0.0.1", description="Address that the web server listens on.")
    port: Port = Field(default=8642, description="Port that the web server listens on.")
    state_dir: Path = Field(
        default_factory=default_state_dir,
        description="Folder for the database, the model bundles and generated keys.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address; by default SQLite in the state folder."
    )
    inbox_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal the inbox: `id:base64` of 32 bytes, newest first, comma "
        "between; by default one key is generated in the state folder.",
    )
    default_mode: ModeName = Field(
        default="suggest", description="How far automation goes: observe, suggest or act."
    )
    modes: Mapping[str, ModeName] = Field(
        default_factory=dict,
        description="Modes of single categories, as JSON or a TOML table, over the default.",
    )
    status_token: SecretStr | None = Field(
        default=None,
        description="Token of the status page; without one it is shown to this machine only.",
    )
    worker_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4, description="Tickets worked on at the same time by one worker process."
    )
    max_attempts: Annotated[int, Field(ge=1, le=50)] = Field(
        default=8, description="Attempts at a ticket before it becomes a dead letter."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged, as JSON lines on stderr."
    )

    @field_validator("zendesk_url", "public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for a sandbox)")
        return value.rstrip("/")

    @field_validator("modes")
    @classmethod
    def _names_categories(cls, value: Mapping[str, ModeName]) -> Mapping[str, ModeName]:
        unknown = sorted(set(value) - set(taxonomy().sensitive))
        if unknown:
            raise ValueError(f"no such category: {', '.join(unknown)}")
        return value

    @classmethod
    def settings_customise_sources(  # the signature is pydantic-settings'
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put secret files and the TOML file into the order of precedence."""
        del file_secret_settings
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings, toml

    @property
    def database(self) -> str:
        """The SQLAlchemy address in force."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.state_dir / 'casewarden.sqlite3'}"

    @property
    def model_dir(self) -> Path:
        """Where model bundles are kept."""
        return self.state_dir / "models"

    def mode_of(self, category: str) -> Mode:
        """The mode in force for a category."""
        return Mode.named(self.modes.get(category, self.default_mode))


def config_file() -> Path:
    """The TOML file that is read when it exists."""
    return Path(os.environ.get("CASEWARDEN_CONFIG", "casewarden.toml"))


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - any setting, checked by pydantic
    """Read the settings; raise Misconfigured naming each faulty or unknown one, never its value."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    allowed = known | {f"{name}_FILE" for name in known} | OTHER_VARIABLES
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in allowed)
    if unknown:
        raise Misconfigured(
            f"unknown settings: {', '.join(unknown)}. See `casewarden settings show`."
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_context=False)
        )
        raise Misconfigured(f"settings cannot be used: {faults}") from None
    except OSError as error:
        raise Misconfigured(f"a settings file cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{config_file()} is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise Misconfigured("a settings file is not text in UTF-8") from None
    except SettingsError as error:
        # Its message names the setting and the source; its cause would show the value.
        raise Misconfigured(f"settings cannot be used: {error}") from None


def origin_of(name: str, settings: Settings) -> str:
    """Say where a value came from: environment, secret file, `.env`, TOML file or default."""
    variable = f"{PREFIX}{name.upper()}"
    if variable in os.environ:
        return f"environment {variable}"
    if f"{variable}_FILE" in os.environ:
        return f"file of {variable}_FILE"
    if name not in settings.model_fields_set:
        return "default"
    toml = TomlConfigSettingsSource(Settings, toml_file=config_file())()
    return str(config_file()) if name in toml else ".env or the command line"
