"""Powder files for tests: the reader of a file by its content, and small files of each format."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.formats.powder import brml, bruker_raw, ras, rasx, stoe_raw, xrdml
from pipeline.formats.powder.archive import open_archive
from pipeline.formats.powder.pattern import Pattern, Unread

MODULES = (xrdml, ras, bruker_raw, stoe_raw)


def read_any(path: Path) -> list[Pattern | Unread]:
    """Read a file with the one reader that knows it."""
    head = path.read_bytes()[:4096]
    if not head.startswith(b"PK"):
        return next(m for m in MODULES if m.matches(head)).read(path, path.name)
    with open_archive(path, path.name) as archive:
        module = next(m for m in (rasx, brml) if m.matches_archive(archive.names))
    return module.read(path, path.name)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as handle:
        for name, content in members.items():
            handle.writestr(name, content)
    return stream.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as handle:
        return {name: handle.read(name) for name in handle.namelist()}


def xrdml_scan(
    values: str = "10 20 30 40",
    *,
    tag: str = "counts",
    unit: str = "counts",
    positions: str = "<startPosition>10</startPosition><endPosition>13</endPosition>",
    time: str = '<commonCountingTime unit="seconds">2.0</commonCountingTime>',
    extra: str = "",
    after: str = "",
    axis: str = "Gonio",
    status: str = "Completed",
) -> str:
    return (
        f'<scan scanAxis="{axis}" status="{status}"><header>'
        "<startTimeStamp>2024-01-02T03:04:05+01:00</startTimeStamp>"
        "<endTimeStamp>2024-01-02T03:05:05+01:00</endTimeStamp></header><dataPoints>"
        f'<positions axis="2Theta" unit="deg">{positions}</positions>{extra}{time}'
        f'<{tag} unit="{unit}">{values}</{tag}></dataPoints>{after}</scan>'
    )


def xrdml_file(
    *scans: str, intended: str = "K-Alpha", optics: str = "", schema: str = "2.1", head: str = ""
) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/{schema}">'
        f'<xrdMeasurement><usedWavelength intended="{intended}">'
        "<kAlpha1>1.540598</kAlpha1><kAlpha2>1.544426</kAlpha2><kBeta>1.39225</kBeta>"
        "<ratioKAlpha2KAlpha1>0.5</ratioKAlpha2KAlpha1></usedWavelength>"
        f'<incidentBeamPath><radius unit="mm">240</radius>{optics}</incidentBeamPath>'
        f"{''.join(scans)}</xrdMeasurement></xrdMeasurements>"
    )


RAS_HEADER = {
    "HW_XG_WAVE_LENGTH_ALPHA1": "1.540593",
    "HW_XG_WAVE_LENGTH_ALPHA2": "1.544414",
    "MEAS_COND_XG_WAVE_TYPE": "Ka",
    "MEAS_DATA_COUNT": "3.0",
    "MEAS_SCAN_AXIS_X_INTERNAL": "TwoThetaTheta",
    "MEAS_SCAN_SPEED": "2.0000",
    "MEAS_SCAN_SPEED_UNIT": "deg/min",
    "MEAS_SCAN_STEP": "0.0200",
    "MEAS_SCAN_START_TIME": "11/21/2017 08:32:31",
    "MEAS_SCAN_END_TIME": "11/21/2017 08:33:31",
    "MEAS_SCAN_UNIT_X": "deg",
    "MEAS_SCAN_UNIT_Y": "counts",
}


def ras_scan(rows: str = "10.00 26 1\n10.02 15 1\n10.04 22 1\n", **changed: str) -> str:
    keys = "".join(f'*{k} "{v}"\n' for k, v in (RAS_HEADER | changed).items())
    return f"*RAS_HEADER_START\n{keys}*RAS_HEADER_END\n*RAS_INT_START\n{rows}*RAS_INT_END\n"


def ras_file(*scans: str) -> str:
    return f"*RAS_DATA_START\n{''.join(scans)}*RAS_DATA_END\n"


def rasx_file(
    rows: str = "10.00\t26\t1\n10.02\t15\t1\n", axis: str = "TwoThetaTheta", count: int = 2
) -> bytes:
    conditions = (
        "<MeasurementConditions><HWConfigurations><XrayGenerator><WaveType>Ka1</WaveType>"
        "<WavelengthKalpha1>1.540593</WavelengthKalpha1></XrayGenerator></HWConfigurations>"
        f"<ScanInformation><AxisName>{axis}</AxisName><Step>0.02</Step><Speed>2</Speed>"
        "<SpeedUnit>deg/min</SpeedUnit><PositionUnit>deg</PositionUnit>"
        f"<IntensityUnit>counts</IntensityUnit><DataCount>{count}</DataCount>"
        "</ScanInformation></MeasurementConditions>"
    )
    return zipped(
        {
            "Data0/Profile0.txt": "\ufeff" + rows,
            "Data0/MesurementConditions0.xml": conditions,
            "root.xml": "<Root/>",
        }
    )


def brml_views(length: int = 1, start: int = 4, extra: str = "") -> str:
    return (
        '<DataViews><RawDataView Start="0" Length="1" LogicName="MeasuredTime"/>'
        '<RawDataView Start="1" Length="1" LogicName="AbsorptionFactor"/>'
        '<RawDataView Start="2" Length="2"><Varying><FieldDefinitions AxisId="TwoTheta"/>'
        '<FieldDefinitions AxisId="Theta"/></Varying></RawDataView>'
        f'<RawDataView Start="{start}" Length="{length}">'
        '<Recording LogicName="Counter0D"><Unit Base="Counts"/></Recording></RawDataView>'
        f"{extra}</DataViews>"
    )


def brml_file(
    rows: tuple[str, ...] = ("1,1,10,5,7", "1,1,10.02,5.01,9", "1,1,10.04,5.02,8"),
    *,
    views: str | None = None,
    axis: str = "TwoTheta",
    optics: str = "",
    sub_scans: str = "",
    points: int = 3,
) -> bytes:
    data = "".join(f"<Datum>{row}</Datum>" for row in rows)
    raw = (
        '<RawData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<TimeStampStarted>2014-05-06T07:08:09+02:00</TimeStampStarted>"
        "<TimeStampFinished>2014-05-06T07:18:09+02:00</TimeStampFinished>"
        '<DataRoutes><DataRoute RouteFlag="Measured"><ScanInformation ScanName="LockedCoupled">'
        f"<MeasurementPoints>{points}</MeasurementPoints>"
        f'<ScanAxes><ScanAxisInfo AxisId="{axis}"/></ScanAxes></ScanInformation>'
        f"<SubScans>{sub_scans}</SubScans>{data}{brml_views() if views is None else views}"
        "</DataRoute></DataRoutes><FixedInformation><Instrument><PrimaryTracks>"
        f'<BeringInfo ClassPath="{optics}"/><WaveLengthAlpha1 Value="1.5406"/>'
        '<WaveLengthAlpha2 Value="1.54439"/><WaveLengthRatio Value="0.5"/>'
        "</PrimaryTracks></Instrument></FixedInformation></RawData>"
    )
    return zipped({"Experiment0/RawData0.xml": raw})


def raw1(
    counts: tuple[float, ...] = (5, 6, 7), *, following: int = 0, magic: bytes = b"RAW "
) -> bytes:
    header = struct.pack("<IffIffff", len(counts), 4.0, 0.02, 6536, 0, 15.985, 0, 0)
    header += b"SAMPLE".ljust(36) + struct.pack("<ff", 1.5406, 1.54443) + bytes(72)
    return magic + header + struct.pack("<I", following) + struct.pack(f"<{len(counts)}f", *counts)


def raw2(counts: tuple[float, ...] = (5, 6, 7), *, kelvin: int = 0, step: float = 0.02) -> bytes:
    head = b"RAW2" + struct.pack("<H", 1) + bytes(162) + b"19-12-199721:57     Cu"
    head += struct.pack("<fff", 1.5406, 1.54439, 0.5)
    head = head.ljust(256, b"\0")
    part = struct.pack("<HH4xfff", 48, len(counts), 3.0, step, 5.0) + bytes(26)
    return head + part + struct.pack("<H", kelvin) + struct.pack(f"<{len(counts)}f", *counts)


def raw3(
    counts: tuple[float, ...] = (5, 6, 7), *, scan: int = 0, varying: int = 0, record: int = 4
) -> bytes:
    head = bytearray(712)
    head[:8] = b"RAW1.01\0"
    struct.pack_into("<II", head, 8, 1, 1)
    head[16:24], head[26:34] = b"03/04/10", b"20:59:14"
    struct.pack_into("<dddd", head, 624, 1.5406, 1.54439, 1.39222, 0.5)
    part = bytearray(304)
    struct.pack_into("<IIdd", part, 0, 304, len(counts), 1.5, 3.0)
    struct.pack_into("<d", part, 176, 0.02)
    struct.pack_into("<fI", part, 192, 0.5, scan)
    struct.pack_into("<f", part, 204, 17.0)
    struct.pack_into("<III", part, 248, varying, record, 0)
    return bytes(head + part) + struct.pack(f"<{len(counts)}f", *counts)


def raw4(
    counts: tuple[float, ...] = (5, 6, 7),
    *,
    scan: bytes = b"Locked Coupled",
    drive_deg: float = 10.0,
    wide: bool = False,
) -> bytes:
    head = bytearray(61)
    head[:7] = b"RAW4.00"
    head[12:22], head[24:32] = b"07/11/2018", b"15:55:31"
    tube = bytearray(136)
    struct.pack_into("<II", tube, 0, 30, 136)
    struct.pack_into("<5d", tube, 72, 1.5418, 1.5406, 1.54439, 1.39222, 0.5)
    drive = bytearray(92)
    struct.pack_into("<III24s", drive, 0, 50, 92, 2, b"2Theta")
    struct.pack_into("<d", drive, 56, drive_deg)
    part = bytearray(160)
    part[32 : 32 + len(scan)] = scan
    struct.pack_into("<ddIf", part, 72, 10.0, 0.02, len(counts), 77.9)
    struct.pack_into("<II", part, 136, 8 if wide else 4, len(drive))
    records = (struct.pack("<fI", c, 1) if wide else struct.pack("<f", c) for c in counts)
    return bytes(head + tube + part + drive) + b"".join(records)


def stoe(counts: tuple[int, ...] = (11, 15, 12), *, theta: float = 5.0, highest: int = 15) -> bytes:
    data = bytearray(0xC00)
    data[:14] = b"RAW_1.06Powdat"
    struct.pack_into("<f", data, 0x142, 1.54056)
    struct.pack_into("<HH", data, 0x1DA, 1, 6)
    data[0x800:0x80F], data[0x810:0x81F] = b"22-Sep-20 17:18", b"22-Sep-20 18:21"
    struct.pack_into("<H", data, 0x822, len(counts))
    end = 10 + 0.02 * (len(counts) - 1)
    struct.pack_into("<6f", data, 0x82C, 10.0, theta, end, end / 2, 0.02, 0.01)
    struct.pack_into("<II", data, 0x878, min(counts), highest)
    struct.pack_into(f"<{len(counts)}I", data, 0xA00, *counts)
    return bytes(data)
